package identity

import (
	"encoding/json"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/sshd-doctor/sshd-doctor/internal/diag"
)

// day is the moment so many days before noon of the day on which the tests
// stand still.
func day(ago float64) time.Time {
	return time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC).Add(-time.Duration(ago * 24 * float64(time.Hour)))
}

const minute = 1.0 / (24 * 60)

// server was installed a hundred days ago and has not changed since.
func server() Facts {
	return Facts{
		Now: day(0),
		Keys: []Key{
			{Path: "/etc/ssh/ssh_host_rsa_key", SHA256: "SHA256:rsa", Made: day(100)},
			{Path: "/etc/ssh/ssh_host_ed25519_key", SHA256: "SHA256:ed25519", Made: day(100)},
		},
		MachineID: Stamp{"/etc/machine-id", day(100.01)}, RootBirth: day(100.02), Installed: day(100.001),
	}
}

func with(change ...func(*Facts)) Facts {
	f := server()
	for _, c := range change {
		c(&f)
	}
	return f
}

// keys were made so many days ago.
func keys(ago float64) func(*Facts) {
	return func(f *Facts) {
		for i := range f.Keys {
			f.Keys[i].Made = day(ago)
		}
	}
}

// instances had their keys made so many days ago; the last is the current one.
func instances(ago ...float64) func(*Facts) {
	return func(f *Facts) {
		for i, a := range ago {
			id := "iid-" + string(rune('1'+i))
			f.Cloud.Instances = append(f.Cloud.Instances, Instance{ID: id, SSH: day(a)})
			f.Cloud.Current = id
		}
	}
}

// image is a machine that was made of a cloud image so many days ago: the image
// is a year old and holds no keys.
func image(booted float64) func(*Facts) {
	return func(f *Facts) {
		f.RootBirth, f.Installed = day(365), day(365)
		f.MachineID.Made = day(booted + 0.1*minute)
		keys(booted)(f)
	}
}

func google(unpacked, record float64) func(*Facts) {
	return func(f *Facts) {
		f.Agents = append(f.Agents, Agent{
			Name: "Google's guest agent", Program: "/usr/bin/google_guest_agent", Unpacked: day(unpacked),
			Record: Stamp{"/etc/google_instance_id", day(record)},
		})
	}
}

func agentOff(f *Facts) { f.Agents[0].Off = true }

type judgeCase struct {
	name  string
	facts Facts
	want  []string
	says  string
}

// Machines about whose identity there is nothing to say.
func quiet() []judgeCase {
	return []judgeCase{
		{"installed by hand", server(), nil, ""},
		{"nothing could be read", Facts{Now: day(0), Keys: []Key{{Path: "/k"}}}, nil, ""},
		{"a cloud image at its first boot", with(image(0.01), instances(0.01+minute)), nil, ""},
		{"the same, a year later", with(image(300), instances(300)), nil, ""},
		{"an image of Google at its first boot", with(image(0.02), google(365, 0.0199)), nil, ""},
		{"a snapshot that was restored, with the same instance id", with(image(200), instances(200)), nil, ""},
		{"a snapshot of another machine, long ago", with(image(60), func(f *Facts) { f.MachineID.Made = day(400) }, instances(400, 60)), nil, ""},
		{"another instance id, and cloud-init was told to keep the keys", with(image(200), instances(200, 1)), nil, ""},
		{"an agent of the provider, updated yesterday", with(image(200), google(1, 200)), nil, ""},
		{"sshd and the agent installed together", with(google(100, 100)), nil, ""},
		{"an agent that leaves host keys alone", with(keys(2), google(2, 100), agentOff), nil, ""},
		{"another instance id, and keys that somebody made days later", with(image(2), instances(200, 5)), nil, ""},
		{"sshd and an agent of the provider were updated together", with(image(2), google(2, 300), func(f *Facts) {
			f.MachineID.Made, f.Installed = day(300), day(2.01)
		}), nil, ""},
		{"cloud-init came later than the keys and has seen two instances", with(instances(50, 1)), nil, ""},
		{"the doctor made a key yesterday", with(keys(1)), nil, ""},
		{"a container of an old image", with(func(f *Facts) {
			f.Container, f.Overlay, f.MachineID.Made = "docker", true, day(0)
		}), nil, ""},
		{"a box on an overlay", with(func(f *Facts) { f.Overlay, f.MachineID.Made = true, day(0) }), nil, ""},
		{"local time in the hardware clock", with(func(f *Facts) { f.MachineID.Made = day(100 - 14.0/24) }), nil, ""},
		{"a server moved to another disk with rsync", with(func(f *Facts) { f.RootBirth = day(3) }), nil, ""},
		{"options on the command line that do no harm", with(func(f *Facts) {
			f.Options, f.Policy = []Option{{"Ciphers", "aes256-ctr", ""}}, "DEFAULT"
		}), nil, ""},
		{"a clock in 1970", with(image(0.5), instances(3, 0.5), func(f *Facts) { f.Now = time.Unix(60, 0) }), nil, ""},
	}
}

func spoken() []judgeCase {
	return []judgeCase{
		{"another instance id yesterday", with(image(1), func(f *Facts) { f.MachineID.Made = day(200) }, instances(200, 1+minute)),
			[]string{"notice identity-changed-by-cloud-init"}, "on 2026-11-21 12:00 UTC, for instance iid-2"},
		{"another instance id while it still knows a third", with(keys(1), instances(200, 90, 1+3*minute)),
			[]string{"notice identity-changed-by-cloud-init"}, "for instance iid-3"},
		{"an update of Google's agent", with(image(2), google(2+minute, 300), func(f *Facts) { f.MachineID.Made = day(300) }),
			[]string{"notice guest-agent-regenerates-keys"}, "were made when Google's guest agent was installed (2026-11-20 12:00 UTC)"},
		{"Google's agent took it for another machine", with(image(2), google(365, 2-minute), func(f *Facts) { f.MachineID.Made = day(300) }),
			[]string{"notice guest-agent-regenerates-keys"}, "Google's guest agent set this machine up"},
		{"an image with its keys", with(image(30), keys(365)), []string{"notice cloned-image-shared-keys"}, "may be an image's"},
		{"an image with its keys and its machine id", with(instances(50)),
			[]string{"notice cloned-image-shared-keys"}, "older than this machine"},
		{"keys in memory", with(func(f *Facts) { f.Keys[1].Volatile = "a tmpfs" }), []string{"notice keys-not-persistent"},
			"/etc/ssh/ssh_host_ed25519_key is kept in memory only"},
		{"options on the command line that lock clients out", with(func(f *Facts) {
			f.Unmatched = true
			f.Options = []Option{{"KexAlgorithms", "diffie-hellman-group1-sha1", "/etc/default/ssh"}, {"MACs", "hmac-md5", ""}}
		}), []string{"notice crypto-policy-overrides"}, "KexAlgorithms is set by /etc/default/ssh, not by sshd_config"},
		{"a drop-in's command line", with(func(f *Facts) {
			f.Unmatched, f.Options = true, []Option{{"Ciphers", "3des-cbc", ""}}
		}), []string{"notice crypto-policy-overrides"}, "Ciphers is set by the command line of sshd's unit"},
		{"the crypto policy of Red Hat", with(func(f *Facts) { f.Unmatched, f.Policy = true, "FUTURE" }),
			[]string{"notice crypto-policy-overrides"}, "the system-wide crypto policy FUTURE sets"},
	}
}

func TestJudge(t *testing.T) {
	for _, c := range append(quiet(), spoken()...) {
		t.Run(c.name, func(t *testing.T) { c.try(t) })
	}
}

func (c judgeCase) try(t *testing.T) {
	t.Helper()
	got := Judge(c.facts)
	var lines []string
	for _, f := range got {
		line := f.Severity.String() + " " + f.Code
		if f.Status != diag.Found {
			line += " " + string(f.Status)
		}
		lines = append(lines, line)
		if f.Stage == diag.Identity && f.Remedy != nil && (f.Remedy.Consent != diag.Manual || len(f.Remedy.Steps) > 0) {
			t.Errorf("%s has a remedy: nothing is ever repaired here", f.Code)
		}
	}
	if !slices.Equal(lines, c.want) {
		t.Fatalf("got %q, want %q", lines, c.want)
	}
	if c.says != "" && !strings.Contains(got[0].Summary, c.says) {
		t.Errorf("%q does not say %q", got[0].Summary, c.says)
	}
}

func cert(change func(*Cert)) func(*Facts) {
	return func(f *Facts) {
		c := Cert{
			Path: "/etc/ssh/ssh_host_ed25519_key-cert.pub", State: CertRead, SHA256: "SHA256:ed25519", CA: "SHA256:ca",
			KeyID: "box", After: day(10), Before: day(-10), Written: day(10),
		}
		change(&c)
		f.Certs = append(f.Certs, c)
	}
}

func named(host, full string) func(*Facts) {
	return func(f *Facts) { f.Names = Names{Host: host, Full: full} }
}

func TestJudgeCerts(t *testing.T) {
	warn := []string{"warning hostcert-mismatch"}
	for _, c := range []judgeCase{
		{"valid now", with(cert(func(*Cert) {})), nil, ""},
		{"valid for ever", with(cert(func(c *Cert) { c.After, c.Before = time.Time{}, time.Time{} })), nil, ""},
		{"not there", with(cert(func(c *Cert) { c.State = CertAbsent })), warn, "is not there"},
		{"a plain key", with(cert(func(c *Cert) { c.State = NotACert })), warn, "is not a certificate"},
		{"could not be read", with(cert(func(c *Cert) { c.State = CertUnread })),
			[]string{"notice hostcert-mismatch unknown"}, "could not be read"},
		{"for a user", with(cert(func(c *Cert) { c.User = true })), warn, "for a user, not for a host"},
		{"for another key", with(cert(func(c *Cert) { c.SHA256 = "SHA256:old" })), warn, "a key that is not here"},
		{"for another key, with an agent", with(cert(func(c *Cert) { c.SHA256 = "SHA256:old" }), func(f *Facts) { f.Agent = true }), nil, ""},
		{"for a key that cannot be read", with(cert(func(c *Cert) { c.SHA256 = "SHA256:old" }), func(f *Facts) { f.Keys[0].SHA256 = "" }), nil, ""},
		{"no key at all", with(cert(func(c *Cert) { c.SHA256 = "SHA256:old" }), func(f *Facts) { f.Keys = nil }), nil, ""},
		{"expired", with(cert(func(c *Cert) { c.Before = day(3) })), warn, "expired on 2026-11-19 12:00 UTC"},
		{"expires this second", with(cert(func(c *Cert) { c.Before = day(0) })), warn, "expired"},
		{"begins this second", with(cert(func(c *Cert) { c.After = day(0) })), nil, ""},
		{"not valid yet", with(cert(func(c *Cert) { c.After, c.Before = day(-1), day(-5) })), warn, "is valid only from 2026-11-23 12:00 UTC"},
		{"a clock in 1970", with(cert(func(*Cert) {}), func(f *Facts) { f.Now = time.Unix(3600, 0) }), warn, "by this machine's clock"},
		{"signed by an authority with an RSA key, the old way", with(cert(func(c *Cert) { c.Signed = "ssh-rsa" })), warn, "SHA-1"},
		{"signed by one with an RSA key", with(cert(func(c *Cert) { c.Signed = "rsa-sha2-512" })), nil, ""},
		{"for this name", with(named("box", ""), cert(func(c *Cert) { c.Names = []string{"other", "BOX"} })), nil, ""},
		{"for a pattern, which no client takes", with(named("box", "box.example.org"), cert(func(c *Cert) { c.Names = []string{"*.example.org"} })),
			[]string{"notice hostcert-mismatch"}, "for other names"},
		{"for its name with the domain", with(named("box", "box.example.org"), cert(func(c *Cert) { c.Names = []string{"box.example.org"} })), nil, ""},
		{"for a domain that is not known here", with(named("box", ""), cert(func(c *Cert) { c.Names = []string{"box.example.org"} })), nil, ""},
		{"for names, on a machine that knows none", with(cert(func(c *Cert) { c.Names = []string{"other"} })), nil, ""},
		{"from before the machine was renamed", with(named("box", "box.example.org"), cert(func(c *Cert) { c.Names = []string{"old", "old.example.org"} })),
			[]string{"notice hostcert-mismatch"}, "for other names"},
		{"two, one of them good", with(cert(func(*Cert) {}), cert(func(c *Cert) { c.State = CertAbsent })), warn, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			c.try(t)
			for _, f := range Judge(c.facts) {
				if f.Remedy != nil && f.Remedy.Consent != diag.Manual {
					t.Errorf("%+v", f.Remedy)
				}
			}
		})
	}
}

func TestFactsAreData(t *testing.T) {
	f := with(instances(3, 1), google(3, 4), cert(func(*Cert) {}))
	text, err := json.Marshal(f)
	if err != nil {
		t.Fatal(err)
	}
	var back Facts
	if err := json.Unmarshal(text, &back); err != nil || !reflect.DeepEqual(back, f) {
		t.Errorf("%v\n%+v\n%+v", err, back, f)
	}
}
