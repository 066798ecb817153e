package handshake

import (
	"slices"
	"strings"
	"testing"
)

func TestJudgeOffers(t *testing.T) {
	change := func(f func(*Offer)) Offer {
		o := *everything()
		f(&o)
		return o
	}
	tests := []struct {
		name  string
		offer Offer
		want  string
		// others says what becomes of PuTTY and Go.
		others string
	}{
		{"usual", *everything(), "", ""},
		{"only group 1", change(func(o *Offer) { o.Kex = []string{"diffie-hellman-group1-sha1", "kex-strict-s-v00@openssh.com"} }), CodeNoKex, "may still get in"},
		{"only signals", change(func(o *Offer) { o.Kex = []string{"ext-info-s", "kex-strict-s-v00@openssh.com"} }), CodeNoKex, "are locked out as well"},
		{"post-quantum only", change(func(o *Offer) { o.Kex = []string{"sntrup761x25519-sha512@openssh.com"} }), "", ""},
		{"only SHA-1", change(func(o *Offer) { o.HostKey = []string{"ssh-rsa"} }), CodeNoHostKey, "may still get in"},
		{"no host key", change(func(o *Offer) { o.HostKey = nil }), CodeNoHostKey, "are locked out as well"},
		{"certificate only", change(func(o *Offer) { o.HostKey = []string{"ssh-ed25519-cert-v01@openssh.com"} }), "", ""},
		{"CBC in one direction", change(func(o *Offer) { o.CipherS2C = []string{"aes128-cbc"} }), CodeNoKex, "may still get in"},
		{"MD5", change(func(o *Offer) { o.MACC2S = []string{"hmac-md5"} }), CodeNoKex, "may still get in"},
		{"MD5, where no MAC is needed", change(func(o *Offer) {
			o.MACC2S, o.CipherC2S = []string{"hmac-md5"}, []string{"aes256-gcm@openssh.com"}
		}), "", ""},
		{"unknown MAC", change(func(o *Offer) { o.MACS2C = []string{"made-up"} }), CodeNoKex, "are locked out as well"},
	}
	for _, tt := range tests {
		y := proved(typeEd25519, "e", &tt.offer)
		f := Facts{Targets: []Target{at("127.0.0.1:22", y), at("[::1]:22", y)}}
		found := Judge(f, nil, false)
		if tt.want == "" {
			if found != nil {
				t.Errorf("%s: %v", tt.name, codesOf(found))
			}
			continue
		}
		if codes := codesOf(found); !slices.Equal(codes, []string{tt.want}) {
			t.Errorf("%s: found %v, want %s once", tt.name, codes, tt.want)
			continue
		}
		if e := found[0].Evidence; len(e) != 2 || e[1].Text != tt.others || found[0].Remedy == nil {
			t.Errorf("%s: %+v", tt.name, found[0])
		}
	}
}

func TestJudgeSeveralLists(t *testing.T) {
	o := *everything()
	o.Kex, o.CipherC2S, o.HostKey = []string{"x"}, []string{"y"}, []string{"z"}
	found := Judge(Facts{Targets: []Target{at("127.0.0.1:22", proved(typeEd25519, "e", &o))}}, nil, false)
	if codes := codesOf(found); !slices.Equal(codes, []string{CodeNoKex, CodeNoHostKey}) {
		t.Fatalf("found %v", codes)
	}
	if e := found[0].Evidence; len(e) != 3 || !strings.Contains(e[0].Text, "x") || !strings.Contains(e[2].Text, "cipher: y") {
		t.Errorf("%+v", e)
	}
}

// OpenSSH sends no offer without host key types: it breaks off.
func TestJudgeConfigurationAllowsNoKey(t *testing.T) {
	broke := at("127.0.0.1:22", ended(Banner, EndClosed, ""))
	disk := []Key{file(typeRSA, "r"), file(typeEd25519, "e")}
	tests := []struct {
		allowed []string
		disk    []Key
		want    string
	}{
		{[]string{"ecdsa-sha2-nistp521"}, disk, CodeNoHostKey},
		{[]string{"ecdsa-sha2-nistp521", "rsa-sha2-256"}, disk, CodeFailed},
		{nil, disk, CodeFailed},
		{[]string{"ecdsa-sha2-nistp521"}, nil, CodeFailed},
	}
	for _, tt := range tests {
		found := Judge(Facts{Allowed: tt.allowed, Targets: []Target{broke}}, tt.disk, true)
		if codes := codesOf(found); !slices.Equal(codes, []string{tt.want}) {
			t.Errorf("%v: found %v, want %s", tt.allowed, codes, tt.want)
		}
	}
}

func TestJudgeNoCommonWithOurClient(t *testing.T) {
	y := ended(KexInit, EndNoCommon, "")
	y.NoCommon = "key exchange"
	y.Offer.Kex = []string{"sntrup761x25519-sha512@openssh.com"}
	found := Judge(Facts{Targets: []Target{at("127.0.0.1:22", y)}}, nil, false)
	if len(found) != 1 || found[0].Code != "negotiation-unproven" || found[0].Status != "unknown" {
		t.Errorf("%+v", found)
	}
}

// The tables stand for released clients: what those really sent must be there.
func TestOpenSSHTableHoldsRealOffers(t *testing.T) {
	checked := 0
	for name, o := range clientOffers(t) {
		table := openSSH()
		if strings.HasPrefix(name, "plink") {
			table = openSSH().with(laxer())
		}
		for _, l := range []struct{ table, sent []string }{
			{table.kex, o.Kex}, {table.hostKey, o.HostKey}, {table.cipher, o.CipherC2S}, {table.mac, o.MACC2S},
		} {
			for _, a := range l.sent {
				if a == "ext-info-c" || a == "kex-strict-c-v00@openssh.com" {
					continue
				}
				checked++
				if !slices.Contains(l.table, a) {
					t.Errorf("%s sent %s, which is not in the table", name, a)
				}
			}
		}
	}
	if checked < 100 {
		t.Errorf("only %d names compared", checked)
	}
}
