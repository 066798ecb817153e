package messages

import (
	"bufio"
	"os"
	"slices"
	"strings"
	"testing"
)

// The table keeps its form, so that a reader can check it: each meaning says
// something, each message has a source, and none stands in it twice.
func TestTheTableKeepsItsForm(t *testing.T) {
	_, table := matcher(t)
	said, names := map[string]string{}, []string{}
	for _, e := range table {
		if slices.Contains(names, e.Name) {
			t.Errorf("there are two entries %s", e.Name)
		}
		names = append(names, e.Name)
		if e.Look == "" || len(e.Messages) == 0 || len(e.Means) < 40 || len(e.Means) > 300 || !strings.HasSuffix(e.Means, ".") {
			t.Errorf("%s is not whole: %q", e.Name, e.Means)
		}
		for _, m := range e.Messages {
			key := strings.Join(words(strings.Join(first(holes(m.Text)), " ")), " ")
			if other, twice := said[key]; twice && other != e.Name {
				t.Errorf("%q stands in %s and %s", m.Text, other, e.Name)
			}
			said[key] = e.Name
		}
		for _, c := range slices.Concat(e.Client, e.Here, e.Mend) {
			if len(c) > 62 {
				t.Errorf("%s: too wide for a console: %s", e.Name, c)
			}
		}
	}
	for _, e := range table {
		if e.Twin != "" && !slices.Contains(names, e.Twin) {
			t.Errorf("%s: there is no entry %s", e.Name, e.Twin)
		}
	}
}

func first(fixed, _ []string) []string { return fixed }

func TestEveryMessageHasASource(t *testing.T) {
	file, err := os.Open("messages.txt")
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	n := 0
	for scan := bufio.NewScanner(file); scan.Scan(); {
		line, ok := strings.CutPrefix(scan.Text(), "says: ")
		if !ok {
			continue
		}
		n++
		parts := strings.Split(line, " | ")
		if len(parts) != 3 || parts[2] != "p" && !strings.HasPrefix(parts[2], "m ") && !strings.HasPrefix(parts[2], "s ") && !strings.HasPrefix(parts[2], "c ") {
			t.Errorf("no source: %s", line)
		}
	}
	if n < 60 {
		t.Errorf("there are only %d messages", n)
	}
}

func TestABadTableIsQuoted(t *testing.T) {
	for table, want := range map[string]string{
		"look: reach\n":             `cannot place "look: reach" before the first entry`,
		"entry: a\nlook: nowhere\n": `cannot look for "nowhere"`,
		"entry: a\nsays: nobody\n":  `cannot find who says what in "says: nobody"`,
		"entry: a\nfrob: x\n":       `cannot understand the field "frob"`,
		"what\n":                    `cannot find a name in "what"`,
	} {
		if _, err := parseTable(strings.NewReader(table)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v", table, err)
		}
	}
}

// Text about other things is never taken for a message, and a little that could
// be many is left to be chosen from.
func TestUnknownTextIsNotGuessed(t *testing.T) {
	m, _ := matcher(t)
	for _, text := range []string{
		"", "-", "hello", "the weather is nice today in the garden", "connection", "host key",
		"mysql: connection refused by the policy of the department", "permission to land denied to the pilot",
		"my server is down and nobody can log in", "please help me with ssh", "it does not work any more since yesterday",
		"the key to the office is missing", "timed out",
		"pam_env(sshd:session): Unable to open env file: /etc/default/locale: No such file or directory", "Timeout waiting for the bus to the office", "Connection closed by the administrator because of maintenance work",
		strings.Repeat("lorem ipsum dolor ", 300),
	} {
		if found := m.Match(text); len(found.Sure) > 0 {
			t.Errorf("%q is taken for %s", text, show(found))
		}
	}
}

// A text with several messages is told by the one that says most: a reason comes
// before what follows from it.
func TestTheReasonComesFirst(t *testing.T) {
	m, _ := matcher(t)
	for text, want := range map[string]string{
		"ssh.service: Failed with result 'exit-code'.\nFailed to start ssh.service - OpenBSD Secure Shell server.\nssh.service: Start request repeated too quickly.\nsshd: no hostkeys available -- exiting.":                                                                                                             "no-hostkeys",
		"kex_exchange_identification: read: Connection reset by peer\nConnection reset by 127.0.0.1 port 22":                                                                                                                                                                                                              "cut-off",
		"No ED25519 host key is known for srv and you have requested strict checking.\nHost key verification failed.":                                                                                                                                                                                                     "identity-unknown",
		"ssh: connect to host srv port 22: Connection refused\nfatal: Could not read from remote repository.\n\nPlease make sure you have the correct access rights\nand the repository exists.":                                                                                                                          "refused",
		"error: Bind to port 22 on 0.0.0.0 failed: Address already in use.\nfatal: Cannot bind any address.":                                                                                                                                                                                                              "port-taken",
		`fatal: [web1]: UNREACHABLE! => {"changed": false, "msg": "Failed to connect to the host via ssh: ssh: connect to host 10.0.0.5 port 22: Connection refused", "unreachable": true}`:                                                                                                                               "refused",
		`"msg": "Failed to connect to the host via ssh: @@@@\r\n@    WARNING: REMOTE HOST IDENTIFICATION HAS CHANGED!     @\r\n@@@@"`:                                                                                                                                                                                     "identity-changed",
		`Could not establish connection to "srv": Permission denied (publickey).`:                                                                                                                                                                                                                                         "auth-refused",
		"Host key verification failed.\nfatal: Could not read from remote repository.":                                                                                                                                                                                                                                    "identity-refused",
		"channel 2: open failed: connect failed: Connection refused":                                                                                                                                                                                                                                                      "not-further",
		"channel 0: open failed: connect failed: No route to host\nstdio forwarding failed\nkex_exchange_identification: Connection closed by remote host\nConnection closed by UNKNOWN port 65535":                                                                                                                       "not-further",
		"OpenSSH_9.2p1 Debian-2, OpenSSL 3.0.15\ndebug1: load_hostkeys: fopen /home/bob/.ssh/known_hosts2: No such file or directory\ndebug1: expecting SSH2_MSG_KEX_ECDH_REPLY\nbob@srv: Permission denied (publickey).":                                                                                                 "auth-refused",
		"debug1: identity file /home/bob/.ssh/id_rsa type -1\ndebug3: fopen x: No such file or directory\ndebug1: expecting SSH2_MSG_KEX_ECDH_REPLY":                                                                                                                                                                      "kex-stalls",
		"Nov 22 15:31:14 vm sshd[64]: Invalid user xx from 127.0.0.1 port 39454\nNov 22 15:31:14 vm sshd[64]: Connection closed by invalid user xx 127.0.0.1 port 39454 [preauth]\nNov 22 15:31:14 vm sshd[67]: Unable to negotiate with 127.0.0.1 port 39458: no matching cipher found. Their offer: 3des-cbc [preauth]": "client-refused",
		"kex_exchange_identifcation: read: Connektion reset by peer":                                                                                                                                                                                                                                                      "cut-off",
		"unable to negotiate with 1.2.3.4 port 22:\nno matching host key type found.\nTheir offer: ssh-rsa":                                                                                                                                                                                                               "no-common-method",
	} {
		found := m.Match(text)
		if len(found.Sure) == 0 || found.Sure[0].Entry.Name != want {
			t.Errorf("%q is taken for %s, want %s", text, show(found), want)
		}
	}
}

// What several programs say is told as the first of them says it.
func TestTheUsualProgramComesFirst(t *testing.T) {
	m, _ := matcher(t)
	for text, by := range map[string]string{
		"connection refused":                 "OpenSSH",
		"no route to host":                   "OpenSSH",
		"Network error: Connection refused":  "PuTTY, FileZilla",
		"Connect failed: Connection refused": "dropbear",
	} {
		found := m.Match(text)
		if len(found.Sure) == 0 || found.Sure[0].Message.By != by || found.Sure[0].Others != (by == "OpenSSH") {
			t.Errorf("%q: %s", text, show(found))
		}
	}
}

// So are those to choose from.
func TestTheUsualProgramIsOffered(t *testing.T) {
	m, _ := matcher(t)
	for text, want := range map[string]string{
		"connection timed out":        "ssh: connect to host <host> port <port>: Connection timed out",
		"kex_exchange_identification": "kex_exchange_identification: read: Connection reset by peer",
		"ECONNREFUSED":                "FileZilla",
		"ssh_dispatch_run_fatal":      "ssh_dispatch_run_fatal",
		"known_hosts":                 "known_hosts",
	} {
		found := m.Match(text)
		if len(found.Sure) > 0 || !slices.ContainsFunc(found.Near, func(h *Hit) bool { return strings.Contains(h.Message.By+" "+h.Message.Text, want) }) {
			t.Errorf("%q: %s", text, show(found))
		}
	}
}
