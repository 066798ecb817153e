package main

import (
	"fmt"
	"io"

	"github.com/sirupsen/logrus"
	"github.com/urfave/cli/v2"
)

// logger sets logging up: to standard error, without time stamps, because on a
// console every column counts and the journal has its own.
func logger(c *cli.Context, w io.Writer) (*logrus.Logger, error) {
	name := owner(c, "log-level").String("log-level")
	level, err := logrus.ParseLevel(name)
	if err != nil {
		return nil, usageError{fmt.Sprintf("--log-level %q is not known: use error, warning, info or debug", name)}
	}
	log := logrus.New()
	log.SetOutput(w)
	log.SetLevel(level)
	log.SetFormatter(&logrus.TextFormatter{DisableTimestamp: true, DisableColors: true})
	return log, nil
}
