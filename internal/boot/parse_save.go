package boot

import (
	"bufio"
	"fmt"
	"io"
	"strings"
)

// elsewhere is the hook of base chains that drop no packet for this machine.
const elsewhere = "elsewhere"

// parseSave reads the output of iptables-save(8) or ip6tables-save(8).
func parseSave(r io.Reader, family string) ([]Chain, error) {
	var out []Chain
	at := map[string]int{}
	table := ""
	lines := bufio.NewScanner(r)
	lines.Buffer(nil, maxTable)
	for lines.Scan() {
		l := strings.TrimSpace(lines.Text())
		switch {
		case l == "" || l[0] == '#' || l == "COMMIT":
		case l[0] == '*':
			table = l[1:]
		case table == "":
			return nil, fmt.Errorf("cannot read a line of iptables-save outside of a table: %.80q", l)
		case l[0] == ':':
			f := strings.Fields(l[1:])
			if len(f) < 2 {
				return nil, fmt.Errorf("cannot read a chain of iptables-save: %.80q", l)
			}
			c := Chain{Family: family, Table: table, Name: f[0], Hook: saveHook(f[0])}
			if f[1] != "-" {
				c.Policy = strings.ToLower(f[1])
			}
			if table == "nat" && c.Hook != "" {
				c.Hook = elsewhere // it translates, and lets everything pass
			}
			at[table+" "+c.Name] = len(out)
			out = append(out, c)
		default:
			name, rule, err := saveRule(l)
			i, ok := at[table+" "+name]
			if err != nil || !ok {
				return nil, fmt.Errorf("cannot read a rule of iptables-save: %.80q", l)
			}
			out[i].Rules = append(out[i].Rules, rule)
		}
	}
	if err := lines.Err(); err != nil {
		return nil, fmt.Errorf("cannot read the output of iptables-save: %v", err)
	}
	return out, nil
}

// saveHook is where a built-in chain hangs.
func saveHook(name string) string {
	switch name {
	case "INPUT", "PREROUTING":
		return strings.ToLower(name)
	case "FORWARD", "OUTPUT", "POSTROUTING":
		return elsewhere
	}
	return ""
}

// saveRule reads "-A CHAIN options -j TARGET".
func saveRule(line string) (chain string, r Rule, err error) {
	words, err := splitWords(line)
	if err != nil || len(words) < 2 || words[0] != "-A" {
		return "", r, fmt.Errorf("cannot read %.80q", line)
	}
	r = Rule{Verdict: Pass, Text: printable(line)}
	not := false
	for i := 2; i < len(words); i++ {
		if words[i] == "!" {
			not = true
			continue
		}
		value := ""
		// Every option that is not understood may have any number of values.
		n := 0
		for i+1+n < len(words) && words[i+1+n] != "!" && !isOption(words[i+1+n]) {
			n++
		}
		if n > 0 {
			value = words[i+1]
		}
		r.option(words[i], value, not)
		i, not = i+n, false
	}
	return words[1], r, nil
}

func isOption(word string) bool {
	return len(word) > 1 && word[0] == '-' && (word[1] < '0' || word[1] > '9')
}

func (r *Rule) option(name, value string, not bool) {
	add := func(key Key, values ...string) {
		r.Match = append(r.Match, Match{Key: key, Not: not, Values: values})
	}
	switch name {
	case "-p", "--protocol":
		if value != "all" {
			add(ByProtocol, value)
		}
	case "-i", "--in-interface":
		add(ByInput, value)
	case "--dport", "--destination-port", "--dports", "--destination-ports":
		add(ByPort, strings.Split(strings.ReplaceAll(value, ":", "-"), ",")...)
	case "--ctstate", "--state":
		add(ByState, strings.Split(strings.ToLower(value), ",")...)
	case "-m", "--match":
		r.module(value)
	case "--comment", "--limit-burst":
	case "-j", "--jump", "-g", "--goto":
		r.target(name, value)
	default:
		// What belongs to a target decides nothing any more.
		if r.Verdict == Pass && r.Target == "" {
			r.Match = append(r.Match, Match{Key: ByOther})
		}
	}
}

// module names a match whose options follow. Some match without any.
func (r *Rule) module(name string) {
	switch name {
	case "tcp", "udp", "udplite", "sctp", "dccp", "icmp", "icmp6", "conntrack", "state", "multiport", "comment":
	default:
		r.Match = append(r.Match, Match{Key: ByOther})
	}
}

func (r *Rule) target(option, name string) {
	r.Target = name
	switch name {
	case "ACCEPT":
		r.Verdict = Accept
	case "DROP":
		r.Verdict = Drop
	case "REJECT":
		r.Verdict = Reject
	case "RETURN":
		r.Verdict = Return
	case "DNAT", "REDIRECT", "NETMAP":
		r.Verdict = Translate
	case "LOG", "NFLOG", "MARK", "CONNMARK", "CT", "NOTRACK", "TCPMSS", "SET", "CLASSIFY", "TRACE", "AUDIT",
		"DSCP", "TOS", "TTL", "HL", "CHECKSUM", "SECMARK", "CONNSECMARK", "RATEEST":
		r.Verdict = Pass
	default:
		if r.Verdict = Jump; strings.HasPrefix(option, "-g") || option == "--goto" {
			r.Verdict = Goto
		}
	}
}

// splitWords splits a line as iptables-save quotes it: double quotes, and a
// backslash before a quote or a backslash.
func splitWords(line string) ([]string, error) {
	var out []string
	var word strings.Builder
	in, quoted := false, false
	for i := 0; i < len(line); i++ {
		c := line[i]
		switch {
		case c == '"':
			quoted, in = !quoted, true
		case c == '\\' && i+1 < len(line):
			i++
			in = true
			word.WriteByte(line[i])
		case c == ' ' && !quoted:
			if in {
				out = append(out, word.String())
				word.Reset()
			}
			in = false
		default:
			in = true
			word.WriteByte(c)
		}
	}
	if quoted {
		return nil, fmt.Errorf("cannot find the end of a quotation in %.80q", line)
	}
	if in {
		out = append(out, word.String())
	}
	return out, nil
}
