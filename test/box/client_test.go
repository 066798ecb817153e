package box

import (
	"strings"
	"testing"
)

func TestClassify(t *testing.T) {
	for _, c := range []struct {
		exit int
		text string
		want Sight
	}{
		{255, "nobody@127.0.0.1: Permission denied (publickey,password).\n", OK},
		{0, "", OK},
		{255, "ssh: connect to host 127.0.0.1 port 22: Connection refused\n", Refused},
		{255, "kex_exchange_identification: read: Connection reset by peer\nConnection reset by 127.0.0.1 port 22\n", Reset},
		{255, "kex_exchange_identification: Connection closed by remote host\nConnection closed by 127.0.0.1 port 22\n", Closed},
		{255, "Connection timed out during banner exchange\n", Timeout},
		{255, "Unable to negotiate with 127.0.0.1 port 22: no matching host key type found. Their offer: ssh-rsa\n", NoMatch},
		{255, "@    WARNING: REMOTE HOST IDENTIFICATION HAS CHANGED!     @\nHost key verification failed.\n", HostkeyChanged},
		{255, "ssh: connect to host 10.9.9.9 port 22: Network is unreachable\n", Other},
		{255, "", Other},
	} {
		if got := Classify(c.exit, c.text); got != c.want {
			t.Errorf("Classify(%d, %q) = %s, want %s", c.exit, c.text, got, c.want)
		}
	}
}

func TestCappedKeepsTheBeginning(t *testing.T) {
	var c capped
	for range 3 {
		n, err := c.Write([]byte(strings.Repeat("x", outputLimit/2)))
		if n != outputLimit/2 || err != nil {
			t.Fatal(n, err)
		}
	}
	if !strings.Contains(c.String(), "more was printed") || c.text.Len() != outputLimit {
		t.Errorf("kept %d bytes", c.text.Len())
	}
}

func TestParseSuite(t *testing.T) {
	for _, s := range Suites() {
		if got, err := ParseSuite(string(s)); got != s || err != nil {
			t.Error(got, err)
		}
	}
	if _, err := ParseSuite("sarge"); err == nil || !strings.Contains(err.Error(), `"sarge"`) {
		t.Errorf("error %v", err)
	}
}

func TestStatusField(t *testing.T) {
	text := []byte("Name:\tsystemd\nPPid:\t42\nNSpid:\t900\t1\nGroups:\t0 x\n")
	if got := statusField(text, "NSpid"); len(got) != 2 || got[1] != 1 {
		t.Error(got)
	}
	if got := statusField(text, "PPid"); len(got) != 1 || got[0] != 42 {
		t.Error(got)
	}
	if statusField(text, "Groups") != nil || statusField(text, "Pid") != nil {
		t.Error("nonsense was read")
	}
}
