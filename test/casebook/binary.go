package casebook

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// Binary returns the sshd-doctor under test: $SSHD_DOCTOR_BINARY, else a fresh
// static build of ./cmd/sshd-doctor of the module around the working
// directory, put into dir.
func Binary(ctx context.Context, dir string) (string, error) {
	if given := os.Getenv("SSHD_DOCTOR_BINARY"); given != "" {
		return filepath.Abs(given)
	}
	mod, err := exec.CommandContext(ctx, "go", "env", "GOMOD").Output()
	root := filepath.Dir(strings.TrimSpace(string(mod)))
	if err != nil || root == "." || root == "/dev" {
		return "", fmt.Errorf("cannot find the module to build: %v", err)
	}
	path := filepath.Join(dir, "sshd-doctor")
	cmd := exec.CommandContext(ctx, "go", "build", "-trimpath", "-tags", "urfave_cli_no_docs",
		"-ldflags", "-s -w", "-o", path, "./cmd/sshd-doctor")
	cmd.Dir = root
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := cmd.CombinedOutput(); err != nil {
		return "", fmt.Errorf("cannot build sshd-doctor: %w\n%s", err, out)
	}
	return path, nil
}
