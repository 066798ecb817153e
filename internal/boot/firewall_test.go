package boot

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// Rule sets as nft and iptables-save print them, recorded on Debian 11, 12 and
// 13; the name of each file says the version of the program.
func recorded(t testing.TB, name string) []Chain {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	var chains []Chain
	if strings.HasSuffix(name, ".json") {
		chains, _, err = parseNft(data)
	} else {
		chains, err = parseSave(bytes.NewReader(data), "ip")
	}
	if err != nil {
		t.Fatal(err)
	}
	return chains
}

func TestDroppedRecorded(t *testing.T) {
	const in, out = true, false
	for _, c := range []struct {
		file string
		port int
		six  bool
		loop bool
		want bool // whether the packet may come in
	}{
		// ct state vmap, iif lo, a named set of ports, a limit, from 10.0.0.0/8 to
		// 22, a chain for 22, and at the end a reject.
		{"nft-1.1.3.json", 80, false, false, in},
		{"nft-1.1.3.json", 8050, true, false, in},
		{"nft-1.1.3.json", 8101, false, false, in}, // wg0 may be where clients come from
		{"nft-1.1.3.json", 22, false, false, in},
		{"nft-1.1.3.json", 22, false, true, in},
		{"nft-0.9.8.json", 443, false, false, in},
		{"nft-0.9.8.json", 22, true, true, in},
		// iptables -P INPUT DROP with a rule that lets 10.0.0.0/8 in; of ip6tables
		// only the policy.
		{"nft-1.1.3-iptables.json", 22, true, false, out},
		{"nft-1.1.3-iptables.json", 22, true, true, out},
		{"nft-1.1.3-iptables.json", 22, false, false, in}, // its rules are not understood
		{"nft-0.9.8-iptables.json", 22, true, false, out},
		{"nft-0.9.8-iptables.json", 22, false, false, in},
		{"iptables-1.8.11.txt", 22, false, false, in}, // from 10.0.0.0/8
		{"iptables-1.8.11.txt", 22, false, true, in},
		{"iptables-1.8.11.txt", 8050, false, false, in},
		{"iptables-1.8.11.txt", 22, true, false, in}, // not asked about IPv6
		{"iptables-legacy-1.8.7.txt", 22, false, false, out},
		{"iptables-legacy-1.8.7.txt", 22, false, true, in},
		// ufw with 80 allowed, and with 22 limited as well.
		{"ufwno22.txt", 22, false, false, out},
		{"ufwno22.txt", 22, false, true, in},
		{"ufwno22.txt", 80, false, false, in},
		{"ufw22.txt", 22, false, false, in},
		{"ufw22.txt", 139, false, false, out},
		// firewalld 0.9, from whose zone ssh was taken; packets that were meant for
		// another address or port it would let in.
		{"nft-0.9.8-firewalld.json", 22, false, false, out},
		{"nft-0.9.8-firewalld.json", 22, true, false, out},
		{"nft-0.9.8-firewalld.json", 22, false, true, in},
	} {
		_, by, is := dropped(recorded(t, c.file), packet{port: c.port, six: c.six, loop: c.loop})
		if is == c.want {
			t.Errorf("%s, port %d, six %v, loop %v: dropped %v by %q", c.file, c.port, c.six, c.loop, is, by)
		}
	}
}

func TestDroppedSaysWhere(t *testing.T) {
	for file, want := range map[string]string{
		"ufwno22.txt":               "chain ip filter INPUT: policy drop",
		"iptables-legacy-1.8.7.txt": "chain ip filter INPUT: policy drop",
	} {
		if _, by, _ := dropped(recorded(t, file), packet{port: 22}); by != want {
			t.Errorf("%s: %q", file, by)
		}
	}
}

// What iptables wrote is to be read with iptables-save.
func TestParseNftForeign(t *testing.T) {
	for file, want := range map[string][]string{
		"nft-1.1.3.json": nil, "nft-1.1.3-iptables.json": {"ip"}, "nft-0.9.8-iptables.json": {"ip"},
	} {
		data, err := os.ReadFile(filepath.Join("testdata", file))
		if err != nil {
			t.Fatal(err)
		}
		if _, foreign, err := parseNft(data); err != nil || !slices.Equal(foreign, want) {
			t.Errorf("%s: %v, %v", file, foreign, err)
		}
	}
}

func TestParsersRefuse(t *testing.T) {
	for _, text := range []string{
		"", "nonsense", `{"nftables":[{"rule":{"family":"ip","table":"t","chain":"gone","expr":[]}}]}`,
	} {
		if _, _, err := parseNft([]byte(text)); err == nil {
			t.Errorf("nft: %q was understood", text)
		}
	}
	for _, text := range []string{
		":INPUT DROP [0:0]\n", "*filter\n:INPUT\n", "*filter\n-A INPUT -j DROP\n", "*filter\n:INPUT DROP\n-I INPUT\n",
		"*filter\n:INPUT DROP [0:0]\n-A INPUT --comment \"open\n",
	} {
		_, err := parseSave(strings.NewReader(text), "ip")
		if err == nil || !strings.HasPrefix(err.Error(), "cannot ") {
			t.Errorf("iptables-save: %q: %v", text, err)
		}
	}
}

// rules of one chain, as iptables-save has them, and what they do to port 22.
func TestDroppedRules(t *testing.T) {
	const head = "*filter\n:INPUT DROP [0:0]\n:own - [0:0]\n"
	for _, c := range []struct {
		name, rules string
		out         bool
	}{
		{"nothing but the policy", "", true},
		{"another port", "-A INPUT -p tcp -m tcp --dport 80 -j ACCEPT", true},
		{"the port", "-A INPUT -p tcp -m tcp --dport 22 -j ACCEPT", false},
		{"a port by name", "-A INPUT -p tcp -m tcp --dport ssh -j ACCEPT", false},
		{"the port of udp", "-A INPUT -p udp -m udp --dport 22 -j ACCEPT", true},
		{"not another port", "-A INPUT -p tcp -m tcp ! --dport 80 -j ACCEPT", false},
		{"a range", "-A INPUT -p tcp -m multiport --dports 1:20,21:30 -j ACCEPT", false},
		{"everything but TCP", "-A INPUT ! -p tcp -j ACCEPT", true},
		{"answers only", "-A INPUT -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT", true},
		{"everything that is not invalid", "-A INPUT -m conntrack ! --ctstate INVALID -j ACCEPT", false},
		{"one network", "-A INPUT -s 192.0.2.0/24 -j ACCEPT", false},
		{"one interface", "-A INPUT -i eth0 -j ACCEPT", false},
		{"loopback", "-A INPUT -i lo -j ACCEPT", true},
		{"all but loopback", "-A INPUT ! -i lo -j ACCEPT", false},
		{"dropped before it is let in", "-A INPUT -p tcp --dport 22 -j DROP\n-A INPUT -p tcp --dport 22 -j ACCEPT", true},
		{"some dropped before", "-A INPUT -s 192.0.2.7/32 -j DROP\n-A INPUT -p tcp --dport 22 -j ACCEPT", false},
		{"logged and let in", "-A INPUT -j LOG --log-prefix \"a -j DROP\"\n-A INPUT -p tcp --dport 22 -j ACCEPT", false},
		{"a chain that lets in", "-A INPUT -j own\n-A own -p tcp --dport 22 -j ACCEPT", false},
		{"a chain that returns", "-A INPUT -j own\n-A own -p tcp --dport 22 -j RETURN\n-A own -j ACCEPT", true},
		{"a chain that is left for good", "-A INPUT -g own\n-A INPUT -j ACCEPT", true},
		{"a chain that drops", "-A INPUT -j own\n-A INPUT -j ACCEPT\n-A own -j DROP", true},
		{"a chain in itself", "-A INPUT -j own\n-A own -j own", false},
		{"a target of another kind", "-A INPUT -j NFQUEUE --queue-num 1", false},
		{"a match of another kind", "-A INPUT -m owner --uid-owner 0 -j ACCEPT", false},
		{"by a set of addresses", "-A INPUT -m set --match-set good src -j ACCEPT", false},
		{"a limit", "-A INPUT -p tcp --dport 22 -m limit --limit 3/min -j ACCEPT", false},
	} {
		t.Run(c.name, func(t *testing.T) {
			chains, err := parseSave(strings.NewReader(head+c.rules+"\nCOMMIT\n"), "ip")
			if err != nil {
				t.Fatal(err)
			}
			if _, by, out := dropped(chains, packet{port: 22}); out != c.out {
				t.Errorf("dropped %v by %q", out, by)
			}
		})
	}
}

// Every chain at a hook has to let a packet pass, whatever the others say.
func TestDroppedByAnyChain(t *testing.T) {
	open := Chain{Family: "inet", Table: "a", Name: "in", Hook: "input", Policy: "accept"}
	shut := Chain{Family: "ip", Table: "raw", Name: "PREROUTING", Hook: "prerouting", Policy: "accept",
		Rules: []Rule{{Verdict: Drop, Text: "all"}}}
	if _, by, is := dropped([]Chain{open, shut}, packet{port: 22}); !is || by != "chain ip raw PREROUTING: all" {
		t.Errorf("%v %q", is, by)
	}
	if _, _, is := dropped([]Chain{open, shut}, packet{port: 22, six: true}); is {
		t.Error("IPv6 is dropped by a chain of IPv4")
	}
}

// What was meant for another port is not seen at the filter.
func TestDroppedTranslated(t *testing.T) {
	filter := "*filter\n:INPUT DROP [0:0]\n-A INPUT -m conntrack --ctstate DNAT -j ACCEPT\nCOMMIT\n"
	nat := "*nat\n:PREROUTING ACCEPT [0:0]\n-A PREROUTING -p tcp --dport 2222 -j REDIRECT --to-ports 22\nCOMMIT\n"
	for text, want := range map[string]bool{filter: true, filter + nat: false} {
		chains, err := parseSave(strings.NewReader(text), "ip")
		if err != nil {
			t.Fatal(err)
		}
		if _, by, is := dropped(chains, packet{port: 22}); is != want {
			t.Errorf("%s: dropped %v by %q", text, is, by)
		}
	}
}

func FuzzParseNft(f *testing.F) {
	seeds, _ := filepath.Glob("testdata/*.json")
	if len(seeds) == 0 {
		f.Fatal("no seeds")
	}
	for _, s := range seeds {
		data, err := os.ReadFile(s)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(data)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		chains, _, err := parseNft(data)
		if err != nil && len(chains) > 0 {
			t.Error("an error, and chains all the same")
		}
		check(t, chains)
	})
}

func FuzzParseSave(f *testing.F) {
	seeds, _ := filepath.Glob("testdata/*.txt")
	if len(seeds) == 0 {
		f.Fatal("no seeds")
	}
	for _, s := range seeds {
		data, err := os.ReadFile(s)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(data)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		chains, err := parseSave(bytes.NewReader(data), "ip")
		if err == nil {
			check(t, chains)
		}
	})
}

// check walks the chains: that ends, and a rule that lets everything in does.
func check(t *testing.T, chains []Chain) {
	t.Helper()
	if _, err := json.Marshal(chains); err != nil {
		t.Error(err)
	}
	dropped(chains, packet{port: 22})
	for i := range chains {
		chains[i].Rules = append([]Rule{{Verdict: Accept}}, chains[i].Rules...)
	}
	if _, by, is := dropped(chains, packet{port: 22, six: true}); is {
		t.Errorf("dropped by %q although every chain lets everything in", by)
	}
}
