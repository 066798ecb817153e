package quoted

import "testing"

func TestWhatIsQuoted(t *testing.T) {
	for said, want := range map[string]string{
		"/etc/ssh/sshd_config: line 12: Bad configuration option: PasswordAuthentification":     "",
		"/etc/ssh/sshd_config line 2: Badly formatted port number.":                             "",
		"/opt/x/sshd_config: line 1: Bad configuration option: NoSuchOption":                    "",
		"/etc/ssh/x.conf: line 1: Bad configuration option: <<<<<<<":                            "",
		"Connection from 192.0.2.1 port 1":                                                      "",
		"sshd[1]: /etc/app/ashadow: line 1: Bad configuration option: root:abJnggxhB/yWI:19000": "sshd[1]: /etc/app/ashadow: line 1: Bad configuration option: (not shown)",
		"/etc/ssh/x.conf: line 3: Bad configuration option: db:5432:app:joe:hunter2":            "/etc/ssh/x.conf: line 3: Bad configuration option: (not shown)",
		"/etc/app/x: line 3: Bad configuration option: hunter":                                  "/etc/app/x: line 3: Bad configuration option: (not shown)",
		"/etc/ssh/x: line 27: Bad configuration option: c2hvcnQ":                                "/etc/ssh/x: line 27: Bad configuration option: (not shown)",
		"/etc/app/x line 3: Bad SSH2 cipher spec 'hunter2'.":                                    "/etc/app/x line 3: Bad SSH2 cipher spec (not shown)",
		"/etc/app/x line 3: bad addr or host: hunter2 (Name unknown)":                           "/etc/app/x line 3: bad addr or host: (not shown)",
		"/etc/ssh/../app/x: line 3: Bad configuration option: hunter":                           "/etc/ssh/../app/x: line 3: Bad configuration option: (not shown)",
	} {
		if want == "" {
			want = said
		}
		h := New()
		if got := h.Text(said); got != want || h.Text(got) != want {
			t.Errorf("%s\nbecame %s\nwant   %s", said, got, want)
		}
	}
}

func TestWhatLooksLikeConfiguration(t *testing.T) {
	for text, want := range map[string]bool{
		"":                               true,
		"# only a comment\n":             true,
		"NoSuchOption yes\n":             true,
		"Port=22\n":                      true,
		"\ufeffPort 22\n":                true,
		"<<<<<<< HEAD\nPort 22\n":        true,
		"Port 22\nroot:x:19000:0:::::\n": true,
		"root:abJnggxhB/yWI:19000:0:99999:7:::\ndaemon:*:19000:0:99999:7:::\n": false,
		"db:5432:app:joe:hunter2\n":            false,
		"b3BlbnNzaC1rZXktdjEAAAAA\nc2hvcnQ=\n": false,
		"PASS=hunter2\n":                       false,
	} {
		if got := Looks(text); got != want {
			t.Errorf("%q: %v", text, got)
		}
	}
}
