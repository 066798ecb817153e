package sshdconf

import "testing"

func TestLookAround(t *testing.T) {
	const file = `# a comment
DenyUsers alice bob

   carol dave
   erin frank
Port 22
Match User bob
	# only he
	PasswordAuthentication no
	Nonsense
	AllowTcpForwarding no
Match all
UsePAM yes`
	rejected := map[int]bool{4: true, 5: true, 10: true}
	for _, c := range []struct {
		line          int
		before, below string
		inMatch       bool
	}{
		{1, "", "denyusers port", false},
		{4, "DenyUsers alice bob", "port", false},
		{5, "DenyUsers alice bob", "port", false},
		{6, "DenyUsers alice bob", "", false},
		{10, "\tPasswordAuthentication no", "allowtcpforwarding", true},
		{13, "Match all", "", true},
		// What sshd says may be older than the file.
		{14, "UsePAM yes", "", true},
		{99, "UsePAM yes", "", true},
	} {
		p := Problem{Line: c.line}
		p.lookAround([]byte(file), func(n int) bool { return rejected[n] })
		if p.Before != c.before || p.Below != c.below || p.InMatch != c.inMatch {
			t.Errorf("line %d: before %q, below %q, in a block %v; want %q, %q, %v",
				c.line, p.Before, p.Below, p.InMatch, c.before, c.below, c.inMatch)
		}
	}
}
