package host

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"testing"
)

const (
	procTCP = `  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode                                                     
   0: 00000000:0016 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 3737236 1 0000000032cb838f 100 0 0 10 0                   
   1: 0100007F:0CEA 00000000:0000 0A 00000000:00000000 00:00000000 00000000   104        0 18311 1 0000000063045bb9 100 0 0 10 0
   2: 0100007F:0016 0100007F:D2F0 01 00000000:00000000 02:000A8C2B 00000000     0        0 3740001 2 0000000063045bb9 20 4 30 10 -1
`
	procTCP6 = `  sl  local_address                         remote_address                        st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
   0: 00000000000000000000000000000000:0016 00000000000000000000000000000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 3737244 1 00000000f3a617d1 100 0 0 10 0
   1: 00000000000000000000000001000000:1538 00000000000000000000000000000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 18399 1 00000000f3a617d1 100 0 0 10 0
   2: 0000000000000000FFFF00000100007F:1F90 00000000000000000000000000000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 18400 1 00000000f3a617d1 100 0 0 10 0
`
)

func TestParseProcTCP(t *testing.T) {
	decode(t, "")
	tests := []struct {
		text string
		want []Listener
	}{
		{procTCP, []Listener{
			{Addr: netip.MustParseAddrPort("0.0.0.0:22"), Inode: 3737236},
			{Addr: netip.MustParseAddrPort("127.0.0.1:3306"), Inode: 18311, UID: 104},
		}},
		{procTCP6, []Listener{
			{Addr: netip.MustParseAddrPort("[::]:22"), Inode: 3737244},
			{Addr: netip.MustParseAddrPort("[::1]:5432"), Inode: 18399},
			{Addr: netip.MustParseAddrPort("127.0.0.1:8080"), Inode: 18400},
		}},
		{strings.SplitAfter(procTCP, "\n")[0], nil},
	}
	for _, tt := range tests {
		got, err := parseProcTCP(strings.NewReader(tt.text))
		if err != nil || !slices.Equal(got, tt.want) {
			t.Errorf("got %+v %v, want %+v", got, err, tt.want)
		}
	}
}

// Nothing behind the first connection is looked at: it may be 50,000 lines.
func TestParseProcTCPStopsAtTheFirstConnection(t *testing.T) {
	got, err := parseProcTCP(strings.NewReader(procTCP + "rubbish\n"))
	if err != nil || len(got) != 2 {
		t.Errorf("got %d and %v, want 2", len(got), err)
	}
}

func TestParseProcTCPRefusesAndQuotes(t *testing.T) {
	head := strings.SplitAfter(procTCP, "\n")[0]
	line := strings.SplitAfter(procTCP, "\n")[1]
	for name, tt := range map[string]struct{ text, want string }{
		"nothing":           {"", "empty"},
		"another file":      {"Inter-|   Receive\n", "Inter-|"},
		"too few columns":   {head + "   0: 00000000:0016 00000000:0000 0A\n", "00000000:0016"},
		"a strange state":   {head + strings.Replace(line, " 0A ", " XX ", 1), "state"},
		"a strange address": {head + strings.Replace(line, "00000000:0016", "0000:0016", 1), "local address"},
		"a strange port":    {head + strings.Replace(line, "00000000:0016", "00000000:00zz", 1), "local address"},
		"a strange inode":   {head + strings.Replace(line, "3737236", "-1", 1), "inode"},
		"a strange uid":     {head + strings.Replace(line, "     0        0 3737236", "     x        0 3737236", 1), "uid"},
		"an endless line":   {head + strings.Repeat("x", 4*procLineLimit), "token too long"},
	} {
		if got, err := parseProcTCP(strings.NewReader(tt.text)); err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: got %v and error %v, want one with %q", name, got, err, tt.want)
		}
	}
}

func FuzzProcTCP(f *testing.F) {
	f.Add(procTCP)
	f.Add(procTCP6)
	f.Add("  sl  local_address rem_address   st\n")
	f.Fuzz(func(t *testing.T, text string) {
		list, err := parseProcTCP(strings.NewReader(text))
		if err != nil {
			return
		}
		// What was understood prints back to a line that gives the same.
		for _, l := range list {
			ip := l.Addr.Addr().AsSlice()
			var hex strings.Builder
			for i := 0; i < len(ip); i += 4 {
				fmt.Fprintf(&hex, "%02X%02X%02X%02X", ip[i+3], ip[i+2], ip[i+1], ip[i])
			}
			line := fmt.Sprintf("0: %s:%04X x 0A x x x %d x %d", hex.String(), l.Addr.Port(), l.UID, l.Inode)
			back, listening, err := parseProcLine(line)
			if err != nil || !listening || back != l {
				t.Fatalf("%+v becomes %+v %v by %q", l, back, err, line)
			}
		}
	})
}
