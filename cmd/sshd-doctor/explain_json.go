package main

import (
	"github.com/sshd-doctor/sshd-doctor/internal/diag"
	"github.com/sshd-doctor/sshd-doctor/internal/messages"
)

// answeredText is the answer to a text as one JSON object.
type answeredText struct {
	jsonHead
	// Verdict and Cause are those of the look; Looked is false where there was
	// none.
	Verdict diag.Verdict `json:"verdict"`
	Cause   string       `json:"cause"`
	Looked  bool         `json:"looked"`
	// Messages are those that were recognised, the most telling first; Near are
	// those to choose from where none was.
	Messages     []answeredMessage `json:"messages"`
	Near         []answeredMessage `json:"near"`
	NearCodes    []string          `json:"near_codes"`
	Now          []string          `json:"now"`
	Show         []string          `json:"show"`
	Fingerprints []answeredPrint   `json:"fingerprints"`
	Client       []string          `json:"client"`
	Next         []string          `json:"next"`
}

type answeredMessage struct {
	Entry string `json:"entry"`
	By    string `json:"by"`
	Text  string `json:"text"`
	Means string `json:"means"`
}

type answeredPrint struct {
	Hash     string `json:"hash"`
	Value    string `json:"value"`
	Expected bool   `json:"expected"`
	Ours     string `json:"ours"`
	Type     string `json:"type,omitempty"`
	Path     string `json:"path,omitempty"`
}

func answered(a messages.Answer, l messages.Look, near []string) answeredText {
	out := answeredText{
		jsonHead: headOf("explain"),
		Verdict:  a.Verdict, Cause: l.Report.Cause, Looked: l.Skipped == "" && a.Kind != "",
		Messages: listedMessages(a.Found.Sure), Near: listedMessages(a.Found.Near), NearCodes: notNil(near),
		Now: notNil(a.Now), Show: notNil(a.Show), Client: notNil(a.Client), Next: notNil(a.Here),
		Fingerprints: []answeredPrint{},
	}
	if !out.Looked {
		out.Verdict = diag.Unknown
	}
	for _, p := range a.Prints {
		out.Fingerprints = append(out.Fingerprints, answeredPrint{
			Hash: p.Hash, Value: p.Value, Expected: p.Expected, Ours: p.Ours, Type: p.Key.Type, Path: p.Key.Path,
		})
	}
	return out
}

func listedMessages(hits []*messages.Hit) []answeredMessage {
	out := []answeredMessage{}
	for _, h := range hits {
		out = append(out, answeredMessage{Entry: h.Entry.Name, By: h.Message.By, Text: h.Message.Text, Means: h.Entry.Means})
	}
	return out
}
