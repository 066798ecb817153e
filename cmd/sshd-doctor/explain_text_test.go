package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/sshd-doctor/sshd-doctor/internal/messages"
)

// What was said, word by word as a shell hands it over, or as one argument.
func TestExplainText(t *testing.T) {
	for _, tt := range []struct {
		args []string
		code int
		want string
	}{
		{strings.Fields("ssh: connect to host 203.0.113.9 port 22: Connection refused"), exitOK, "nothing accepts connections on that port"},
		{[]string{"ssh: connect to host 203.0.113.9 port 22: Connection refused"}, exitOK, "OpenSSH says so."},
		{strings.Fields("start request repeated too quickly"), exitOK, "systemctl reset-failed ssh"},
		{strings.Fields("sshd: no hostkeys available -- exiting."), exitOK, "sshd has no host key that it can use"},
		{[]string{"status=203/EXEC"}, exitOK, "cannot be run"},
		{[]string{"SHA256:3fPxv1hvzRkJ6Sy5gy6eQvE5nD8Zxq9vQkB5wJr1y1k"}, exitOK, "not looked at"},
		{strings.Fields("the weather is nice today"), exitUnknown, "No message that is known here is like that"},
		{strings.Fields("hostkey mising"), exitUnknown, "hostkey-missing"},
		{[]string{"kex_exchange_identification"}, exitUnknown, "read: Connection rese"},
		{[]string{"ECONNREFUSED"}, exitUnknown, "If that is it: The machine was reached"},
		{strings.Fields("connection timed out"), exitUnknown, "OpenSSH: ssh: connect to host HOST port PORT: Connection timed out"},
		{strings.Fields("unable to authenticate or so they say on tv"), exitUnknown, "PuTTY: Unable to authenticate"},
	} {
		code, out, said := runExplain(t, append([]string{"--no-look"}, tt.args...)...)
		if code != tt.code || said != "" || !strings.Contains(strings.Join(strings.Fields(out), " "), tt.want) {
			t.Errorf("explain %q: exit %d, want %d; %q\n%s", tt.args, code, tt.code, said, out)
		}
		fitsConsole(t, strings.Join(tt.args, " "), out)
		lines := strings.Split(strings.TrimSpace(out), "\n")
		if last := lines[len(lines)-1]; !strings.HasPrefix(last, "Next") {
			t.Errorf("explain %q ends with %q", tt.args, last)
		}
	}
}

// The options may stand behind the text, and its own dashes stay in it.
func TestExplainTextOptions(t *testing.T) {
	code, out, said := runExplain(t, strings.Fields("ssh: connect to host srv port 22: Connection refused --no-look --json")...)
	var got answeredText
	decodeOne(t, out, &got)
	if code != exitOK || said != "" || got.Schema != 1 || got.Command != "explain" || got.Version == "" || got.Looked || got.Verdict != "unknown" ||
		len(got.Messages) == 0 || got.Messages[0].Entry != "refused" || got.Messages[0].By != "OpenSSH" || got.Messages[0].Means == "" {
		t.Errorf("exit %d, %q, %+v", code, said, got)
	}
	for _, field := range []string{`"near": []`, `"near_codes": []`, `"fingerprints": []`, `"client": []`} {
		if !strings.Contains(out, field) {
			t.Errorf("%s is missing in %s", field, out)
		}
	}
	code, out, _ = runExplain(t, "--json", "--no-look", "the", "weather", "is", "nice")
	if decodeOne(t, out, &got); code != exitUnknown || len(got.Messages) != 0 || got.Verdict != "unknown" {
		t.Errorf("exit %d, %+v", code, got)
	}
}

// What comes back holds nothing that steers a terminal, however it came in.
func TestExplainTextIsEscaped(t *testing.T) {
	for _, text := range []string{
		"\x1b]0;title\x07ssh: connect to host \x1b[31m\xff\xfe port 22: Connection refused\r\nand \x00 more",
		"Offending ECDSA key in /home/\x1b[2J/.ssh/known_hosts:12 " + strings.Repeat("\x9b31m", 50),
		"Their offer: " + strings.Repeat("aes128-\x1bctr,", 1000),
		"Unable to negotiate with $(reboot) port 22: no matching cipher found. Their offer: `reboot`,;reboot",
	} {
		for _, option := range []string{"--no-color", "--json"} {
			_, out, said := runExplain(t, "--no-look", option, text)
			if strings.ContainsFunc(out+said, func(r rune) bool { return r != '\n' && (r < ' ' || r > '~') }) || !utf8.ValidString(out) ||
				strings.Contains(out, "reboot") {
				t.Errorf("explain %q prints %q %q", text, out, said)
			}
		}
	}
}

// A text may come through a pipe, and be longer than anybody reads.
func TestExplainReadsStandardInput(t *testing.T) {
	for name, tt := range map[string]struct {
		text string
		code int
		want string
	}{
		"lines":      {"Received\r\nssh.service: Failed with result 'exit-code'.\nsshd: no hostkeys available -- exiting.\n", exitOK, "no hostkeys available"},
		"no newline": {"Host key verification failed.", exitOK, "Host key verification failed."},
		"very long":  {"Host key verification failed.\n" + strings.Repeat("x", 1<<20), exitOK, "Host key verification failed."},
		"at the end": {strings.Repeat("debug1: Reading configuration data /etc/ssh/ssh_config\n", 1000) + "Host key verification failed.\r\n", exitOK, "Host key verification failed."},
		"nothing":    {"", exitUsage, ""},
		"blanks":     {"\n \n\t\x00\n", exitUsage, ""},
	} {
		file := filepath.Join(t.TempDir(), "in")
		if err := os.WriteFile(file, []byte(tt.text), 0o600); err != nil {
			t.Fatal(err)
		}
		in, err := os.Open(file)
		if err != nil {
			t.Fatal(err)
		}
		code, out, said := runExplainOn(t, in, "--no-look", "-")
		in.Close()
		if code != tt.code || !strings.Contains(out, tt.want) || (code == exitUsage) != strings.Contains(said, "nothing to explain") {
			t.Errorf("%s: exit %d, %q\n%s", name, code, said, out)
		}
	}
}

// Each answer fits a console, whatever the server looks like.
func TestAnswersFitAConsole(t *testing.T) {
	table, err := messages.Table()
	if err != nil {
		t.Fatal(err)
	}
	m := messages.NewMatcher(table)
	for _, e := range table {
		for _, said := range e.Messages {
			text := messages.Clean(said.Text + "\n" + e.Messages[0].Text)
			a := messages.Judge(m.Match(text), messages.Read(text), &messages.Look{Skipped: "no"})
			fitsConsole(t, e.Name, words(a, nil).String())
		}
	}
}
