package boot

import (
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
)

// The output of "nft -j list ruleset", libnftables-json(5). Only what decides
// about a new TCP connection is read; the rest stays raw.
type nftList struct {
	Nftables []struct {
		Chain *nftChain `json:"chain"`
		Rule  *nftRule  `json:"rule"`
		Set   *nftSet   `json:"set"`
	} `json:"nftables"`
}

type nftChain struct {
	Family, Table, Name, Type, Hook, Policy string
}

type nftRule struct {
	Family, Table, Chain, Comment string
	Handle                        int
	Expr                          []map[string]json.RawMessage
}

type nftSet struct {
	Family, Table, Name string
	Elem                []any
}

type nftMatch struct {
	Op    string
	Left  map[string]json.RawMessage
	Right any
}

// nftParser holds what rules refer to.
type nftParser struct {
	sets map[string][]any
	// foreign are the families in which a rule of iptables is not understood.
	foreign []string
}

// parseNft reads the rule set. foreign are the families of which iptables-save
// has to be asked, because nft(8) does not know the rules that iptables wrote.
func parseNft(data []byte) (chains []Chain, foreign []string, err error) {
	var list nftList
	if err := json.Unmarshal(data, &list); err != nil {
		return nil, nil, fmt.Errorf("cannot read the output of nft: %v: %.80q", err, data)
	}
	p := nftParser{sets: map[string][]any{}}
	at := map[string]int{}
	for _, o := range list.Nftables {
		switch {
		case o.Set != nil:
			p.sets[place(o.Set.Family, o.Set.Table, o.Set.Name)] = o.Set.Elem
		case o.Chain != nil && wanted(o.Chain.Family):
			c := o.Chain
			at[place(c.Family, c.Table, c.Name)] = len(chains)
			made := Chain{Family: c.Family, Table: c.Table, Name: c.Name, Policy: c.Policy}
			if made.Hook = c.Hook; c.Type == "nat" {
				made.Hook = elsewhere // it translates, and lets everything pass
			}
			chains = append(chains, made)
		}
	}
	for _, o := range list.Nftables {
		if o.Rule == nil || !wanted(o.Rule.Family) {
			continue
		}
		i, ok := at[place(o.Rule.Family, o.Rule.Table, o.Rule.Chain)]
		if !ok {
			return nil, nil, fmt.Errorf("cannot find chain %.80q of a rule of nft", o.Rule.Chain)
		}
		chains[i].Rules = append(chains[i].Rules, p.rules(*o.Rule)...)
	}
	return chains, p.foreign, nil
}

func wanted(family string) bool { return family == "ip" || family == "ip6" || family == "inet" }

func place(family, table, name string) string { return family + "\x00" + table + "\x00" + name }

// rules translates one rule; a verdict map becomes one for each entry.
func (p *nftParser) rules(r nftRule) []Rule {
	out := Rule{Verdict: Pass, Text: fmt.Sprintf("rule with handle %d", r.Handle)}
	if r.Comment != "" {
		out.Text += printable(fmt.Sprintf(" (%s)", r.Comment))
	}
	for i, statement := range r.Expr {
		for name, body := range statement {
			if name == "vmap" {
				return p.verdictMap(r, out, body)
			}
			p.statement(r, &out, name, body)
		}
		// nft 0.9.8 prints null for what iptables wrote; at the end it is a target.
		if _, foreign := statement["xt"]; foreign && i == len(r.Expr)-1 {
			out.Verdict = Unclear
		}
		if out.Verdict != Pass {
			break
		}
	}
	return []Rule{out}
}

func (p *nftParser) statement(r nftRule, out *Rule, name string, body json.RawMessage) {
	switch name {
	case "match":
		out.Match = append(out.Match, p.match(r, body)...)
	case "counter", "log", "notrack", "comment", "ct helper", "last", "secmark", "flow", "mangle":
	case "limit", "quota", "ct count", "meter", "set", "map":
		out.Match = append(out.Match, Match{Key: ByOther})
	case "xt":
		if !slices.Contains(p.foreign, r.Family) {
			p.foreign = append(p.foreign, r.Family)
		}
		out.Match = append(out.Match, Match{Key: ByOther})
		var xt struct{ Type string }
		if json.Unmarshal(body, &xt) == nil && xt.Type == "target" {
			out.Verdict = Unclear
		}
	default:
		out.Verdict, out.Target = nftVerdict(name, body)
	}
}

func nftVerdict(name string, body json.RawMessage) (Verdict, string) {
	switch name {
	case "accept":
		return Accept, ""
	case "drop":
		return Drop, ""
	case "reject":
		return Reject, ""
	case "return":
		return Return, ""
	case "continue":
		return Pass, ""
	case "dnat", "redirect":
		return Translate, ""
	case "jump", "goto":
		var to struct{ Target string }
		if json.Unmarshal(body, &to) == nil && to.Target != "" {
			return Verdict(name), to.Target
		}
	}
	return Unclear, ""
}

// verdictMap turns "ct state vmap { established : accept }" into rules.
func (p *nftParser) verdictMap(r nftRule, base Rule, body json.RawMessage) []Rule {
	var m struct {
		Key  map[string]json.RawMessage
		Data struct{ Set [][]json.RawMessage }
	}
	unclear := base
	unclear.Verdict = Unclear
	if json.Unmarshal(body, &m) != nil || len(m.Data.Set) == 0 {
		return []Rule{unclear} // a named map, whose entries come and go
	}
	var out []Rule
	for _, entry := range m.Data.Set {
		var right any
		var verdict map[string]json.RawMessage
		if len(entry) != 2 || json.Unmarshal(entry[0], &right) != nil || json.Unmarshal(entry[1], &verdict) != nil {
			return []Rule{unclear}
		}
		rule := base
		rule.Match = append(slices.Clone(base.Match), p.compare(r, m.Key, "==", right)...)
		for name, body := range verdict {
			rule.Verdict, rule.Target = nftVerdict(name, body)
		}
		out = append(out, rule)
	}
	return out
}

func (p *nftParser) match(r nftRule, body json.RawMessage) []Match {
	var m nftMatch
	if json.Unmarshal(body, &m) != nil {
		return []Match{{Key: ByOther}}
	}
	return p.compare(r, m.Left, m.Op, m.Right)
}

// compare translates one comparison. That a field of a protocol is looked at
// says as well that the packet is of that protocol.
func (p *nftParser) compare(r nftRule, left map[string]json.RawMessage, op string, right any) []Match {
	key, implied := nftKey(left)
	out := implied
	m := Match{Key: key, Not: op == "!="}
	values, ok := p.values(r, right)
	if m.Values = values; !ok || (op != "==" && op != "in" && op != "!=") {
		m = Match{Key: ByOther}
	}
	return append(out, m)
}

// nftKey says which property of a packet an expression is.
func nftKey(left map[string]json.RawMessage) (Key, []Match) {
	var f struct{ Key, Protocol, Field string }
	for kind, body := range left {
		if json.Unmarshal(body, &f) != nil {
			return ByOther, nil // tcp flags & (fin | syn), and the like
		}
		switch kind {
		case "meta":
			return metaKey(f.Key), nil
		case "ct":
			switch f.Key {
			case "state":
				return ByState, nil
			case "status":
				return ByStatus, nil
			}
		case "payload":
			return payloadKey(f.Protocol, f.Field)
		}
	}
	return ByOther, nil
}

func metaKey(key string) Key {
	switch key {
	case "l4proto":
		return ByProtocol
	case "nfproto":
		return ByFamily
	case "iif", "iifname":
		return ByInput
	}
	return ByOther
}

func payloadKey(protocol, field string) (Key, []Match) {
	switch protocol {
	case "th":
		if field == "dport" {
			return ByPort, nil
		}
	case "ip":
		only4 := []Match{{Key: ByFamily, Values: []string{"ipv4"}}}
		if field == "protocol" {
			return ByProtocol, only4
		}
		return ByOther, only4
	case "ip6":
		return ByOther, []Match{{Key: ByFamily, Values: []string{"ipv6"}}}
	case "ether", "vlan", "":
	default:
		only := []Match{{Key: ByProtocol, Values: []string{protocol}}}
		if field == "dport" {
			return ByPort, only
		}
		return ByOther, only
	}
	return ByOther, nil
}

// values lists what a field is compared with.
func (p *nftParser) values(r nftRule, right any) ([]string, bool) {
	switch v := right.(type) {
	case string:
		if len(v) > 0 && v[0] == '@' {
			elem, ok := p.sets[place(r.Family, r.Table, v[1:])]
			if !ok {
				return nil, false
			}
			return p.list(r, elem)
		}
		return []string{v}, true
	case float64:
		return []string{strconv.FormatFloat(v, 'f', -1, 64)}, true
	case []any:
		return p.list(r, v)
	case map[string]any:
		if set, ok := v["set"].([]any); ok {
			return p.list(r, set)
		}
		if ends, ok := v["range"].([]any); ok && len(ends) == 2 {
			low, ok1 := p.values(r, ends[0])
			high, ok2 := p.values(r, ends[1])
			if ok1 && ok2 && len(low) == 1 && len(high) == 1 {
				return []string{low[0] + "-" + high[0]}, true
			}
		}
		if elem, ok := v["elem"].(map[string]any); ok {
			return p.values(r, elem["val"])
		}
	}
	return nil, false
}

func (p *nftParser) list(r nftRule, in []any) ([]string, bool) {
	var out []string
	for _, v := range in {
		one, ok := p.values(r, v)
		if !ok {
			return nil, false
		}
		out = append(out, one...)
	}
	return out, true
}
