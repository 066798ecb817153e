package main

import (
	"time"

	"github.com/sshd-doctor/sshd-doctor/internal/clients"
	"github.com/sshd-doctor/sshd-doctor/internal/diag"
)

// surveyed is the answer of "clients" as one JSON object. Offer is null where none
// could be read.
type surveyed struct {
	jsonHead
	Verdict diag.Verdict `json:"verdict"`
	Cause   string       `json:"cause"`
	Offer   *jsonOffer   `json:"offer"`
	Clients []jsonClient `json:"clients"`
	Refused []jsonTurned `json:"refused"`
	// Since is from when on sshd's log was looked at.
	Since *time.Time `json:"since"`
	// Error says why the refused could not be read, or not all of them.
	Error string `json:"error,omitempty"`
}

type jsonOffer struct {
	Address string   `json:"address"`
	Banner  string   `json:"banner"`
	Kex     []string `json:"kex"`
	HostKey []string `json:"hostkey"`
	Cipher  []string `json:"cipher"`
	MAC     []string `json:"mac"`
}

type jsonClient struct {
	Name     string   `json:"name"`
	Versions []string `json:"versions"`
	// GetsIn is yes, asks (its user has to agree to a method), no or unknown.
	GetsIn string `json:"gets_in"`
	// Fails names the parts without anything in common, the one that both sides
	// complain about first.
	Fails  []string          `json:"fails"`
	Agreed map[string]string `json:"agreed,omitempty"`
	Option string            `json:"option,omitempty"`
	Newer  string            `json:"newer,omitempty"`
	Server *jsonFix          `json:"server,omitempty"`
}

type jsonFix struct {
	HostKey string            `json:"hostkey,omitempty"`
	Add     map[string]string `json:"add,omitempty"`
	Weak    bool              `json:"weak"`
	None    bool              `json:"none"`
}

type jsonTurned struct {
	Last   time.Time `json:"last"`
	Count  int       `json:"count"`
	From   []string  `json:"from"`
	Part   string    `json:"part"`
	Offer  []string  `json:"offer"`
	Likely string    `json:"likely"`
	// CouldBe are all known releases that offer just that.
	CouldBe []string `json:"could_be"`
	Now     bool     `json:"now"`
}

func clientsJSON(f clients.Facts, r diag.Report) surveyed {
	out := surveyed{
		jsonHead: headOf("clients"), Verdict: r.Verdict, Cause: r.Cause,
		Clients: []jsonClient{}, Refused: []jsonTurned{}, Error: f.RefusalsErr,
	}
	if f.Server != nil {
		out.Offer = &jsonOffer{
			Address: f.Where, Banner: f.Host.Banner, Kex: listing(f.Server.Kex), HostKey: listing(f.Server.HostKey),
			Cipher: listing(f.Server.Cipher[0]), MAC: listing(f.Server.MAC[0]),
		}
	}
	if !f.Back.IsZero() {
		back := f.Back.UTC().Truncate(time.Second)
		out.Since = &back
	}
	s := f.Survey()
	for _, g := range s.Refused {
		out.Clients = append(out.Clients, jsonGroup(g, "no"))
	}
	for _, g := range s.In {
		word := "yes"
		if len(g.Meeting.Asks) > 0 {
			word = "asks"
		}
		out.Clients = append(out.Clients, jsonGroup(g, word))
	}
	for _, g := range s.Unknown {
		out.Clients = append(out.Clients, jsonGroup(g, "unknown"))
	}
	for _, t := range f.Turned() {
		j := jsonTurned{
			Last: t.Last.UTC(), Count: t.Count, From: []string{}, Part: t.Part.String(),
			Offer: listing(t.Offer), Likely: t.Likely(), CouldBe: t.CouldBe(), Now: t.Now,
		}
		for _, a := range t.Peers {
			j.From = append(j.From, a.String())
		}
		out.Refused = append(out.Refused, j)
	}
	return out
}

// listing is a list that is never null.
func listing(names []string) []string { return append([]string{}, names...) }

func jsonGroup(g clients.Group, getsIn string) jsonClient {
	j := jsonClient{
		Name: g.Name, Versions: g.Versions, GetsIn: getsIn, Fails: []string{}, Option: g.Option, Newer: g.Newer,
	}
	for _, p := range g.Meeting.Failed {
		j.Fails = append(j.Fails, p.String())
	}
	if getsIn != "no" {
		j.Agreed = byPart(g.Meeting.Agreed[:])
		return j
	}
	j.Server = &jsonFix{HostKey: g.Fix.Key, Add: byPart(g.Fix.Add[:]), Weak: len(g.Fix.Weak) > 0, None: g.Fix.None}
	return j
}

// byPart gives names their part; what is empty is left out.
func byPart(names []string) map[string]string {
	out := map[string]string{}
	for i, key := range []string{"kex", "hostkey", "cipher", "mac"} {
		if names[i] != "" {
			out[key] = names[i]
		}
	}
	return out
}
