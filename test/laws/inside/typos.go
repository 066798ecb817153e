package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/sshd-doctor/sshd-doctor/internal/host"
	"github.com/sshd-doctor/sshd-doctor/internal/sshdconf"
	"github.com/sshd-doctor/sshd-doctor/test/laws"
)

func typos(ctx context.Context, h *host.Host) error {
	var tries []laws.Try
	if err := json.NewDecoder(os.Stdin).Decode(&tries); err != nil {
		return err
	}
	var outcomes []laws.Outcome
	for _, try := range tries {
		o := laws.Outcome{Name: try.Name}
		err := put(try.Meant)
		if err == nil {
			o.Before, o.BeforeErr = effective(ctx, h)
			err = put(try.Typed)
		}
		if err == nil {
			err = heal(ctx, h, &o)
		}
		if err == nil {
			o.After, o.AfterErr = effective(ctx, h)
			o.Now, err = take(try.Typed)
		}
		if err != nil {
			return fmt.Errorf("%s: %w", try.Name, err)
		}
		outcomes = append(outcomes, o)
	}
	return json.NewEncoder(os.Stdout).Encode(outcomes)
}

// put makes the files of a configuration the only ones.
func put(files laws.Files) error {
	old, err := filepath.Glob("/etc/ssh/sshd_config*/*")
	if err != nil {
		return err
	}
	copies, err := filepath.Glob("/etc/ssh/*.before-*")
	if err != nil {
		return err
	}
	for _, path := range append(old, copies...) {
		if err := os.Remove(path); err != nil {
			return err
		}
	}
	for path, data := range files {
		if err := os.WriteFile(path, data, 0o644); err != nil {
			return err
		}
	}
	return nil
}

func take(files laws.Files) (laws.Files, error) {
	now := laws.Files{}
	for path := range files {
		data, err := os.ReadFile(path)
		if err != nil {
			return nil, err
		}
		now[path] = data
	}
	return now, nil
}

// effective is what sshd does with the files as they are, for each person.
func effective(ctx context.Context, h *host.Host) ([]string, string) {
	var out []string
	for _, who := range laws.People() {
		res := h.Run(ctx, host.Command{Path: sshd, Args: []string{"-T", "-C", who}})
		if !res.OK() {
			return nil, fmt.Sprintf("%s %v", res.Stderr, res.Err)
		}
		out = append(out, string(res.Stdout))
	}
	return out, ""
}

// heal does what the product does with the first thing that sshd rejects, all
// consent given.
func heal(ctx context.Context, h *host.Host, o *laws.Outcome) error {
	facts := sshdconf.Collect(ctx, h, sshdconf.Ask{Binary: sshd})
	if facts.Known && len(facts.Problems) == 0 {
		o.Did = laws.Accepted
		return nil
	}
	found := sshdconf.Judge(facts)
	if len(found) == 0 || found[0].Remedy == nil {
		return fmt.Errorf("cannot tell what is wrong: %+v", facts)
	}
	o.Did = laws.Left
	for _, s := range found[0].Remedy.Steps {
		aside, ok := s.(sshdconf.SetLineAside)
		if !ok {
			return fmt.Errorf("cannot do %q", s.Command())
		}
		o.Did, o.Instead = laws.Applied, aside.Instead
		if _, err := aside.Apply(ctx, h); err != nil {
			o.Did, o.Detail = laws.Refused, strings.ToValidUTF8(err.Error(), "?")
		}
	}
	return nil
}
