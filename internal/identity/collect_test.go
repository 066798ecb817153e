package identity

import (
	"context"
	"os"
	"slices"
	"testing"
	"time"

	"github.com/sshd-doctor/sshd-doctor/internal/host"
	"github.com/sshd-doctor/sshd-doctor/internal/host/hosttest"
)

// tree is a host with these files and nothing else; the clock stands still.
func tree(t *testing.T, files map[string]string) *host.Host {
	t.Helper()
	return &host.Host{Files: hosttest.Tree(t, 0o600, files), Now: func() time.Time { return day(0) }}
}

func age(t *testing.T, h *host.Host, name string, made time.Time) {
	t.Helper()
	if err := os.Chtimes(h.Files.Real(name), made, made); err != nil {
		t.Fatal(err)
	}
}

// The directory of cloud-init as versions 22.4 to 25.1 leave it.
func TestCloud(t *testing.T) {
	h := tree(t, map[string]string{
		"/var/lib/cloud/instances/iid-1/sem/config_ssh": "59: 1795342921.8899505\n",
		"/var/lib/cloud/instances/iid-2/sem/config_ssh": "61: 1795343104.5482078\n",
		"/var/lib/cloud/instances/iid-3/obj.pkl":        "",
	})
	age(t, h, "/var/lib/cloud/instances/iid-1/sem/config_ssh", day(9))
	age(t, h, "/var/lib/cloud/instances/iid-2/sem/config_ssh", day(3))
	if err := os.Symlink("/var/lib/cloud/instances/iid-2", h.Files.Real("/var/lib/cloud/instance")); err != nil {
		t.Fatal(err)
	}
	c := cloud(h)
	if c.Current != "iid-2" || len(c.Instances) != 3 {
		t.Fatalf("%+v", c)
	}
	if !c.Instances[0].SSH.Equal(day(9)) || !c.Instances[1].SSH.Equal(day(3)) || !c.Instances[2].SSH.IsZero() {
		t.Errorf("%+v", c)
	}
	if c := cloud(tree(t, nil)); c.Current != "" || c.Instances != nil {
		t.Errorf("without cloud-init: %+v", c)
	}
}

func TestAgents(t *testing.T) {
	h := tree(t, map[string]string{
		"/usr/bin/google_guest_agent":       "",
		"/etc/google_instance_id":           "123\n",
		"/usr/sbin/waagent":                 "",
		"/etc/waagent.conf":                 "# comment\nProvisioning.RegenerateSshHostKeyPair = n\n",
		"/etc/default/instance_configs.cfg": "[InstanceSetup]\nset_host_keys = true\n",
	})
	age(t, h, "/etc/google_instance_id", day(2))
	got := agents(h)
	if len(got) != 2 || got[0].Off || !got[1].Off {
		t.Fatalf("%+v", got)
	}
	if !got[0].Record.Made.Equal(day(2)) || !got[1].Record.Made.IsZero() || got[0].Unpacked.IsZero() {
		t.Errorf("%+v", got)
	}
}

func TestContainer(t *testing.T) {
	for want, files := range map[string]map[string]string{
		"":               {"/proc/1/environ": "HOME=/\x00TERM=linux\x00"},
		"systemd-nspawn": {"/run/systemd/container": "systemd-nspawn\n"},
		"docker":         {"/.dockerenv": ""},
		"podman":         {"/run/.containerenv": ""},
		"lxc":            {"/proc/1/environ": "TERM=linux\x00container=lxc\x00"},
	} {
		if got := container(tree(t, files)); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}

func TestMachineID(t *testing.T) {
	h := tree(t, map[string]string{"/etc/machine-id": "ca073939453646ce88e5a134830cb0c3\n"})
	age(t, h, "/etc/machine-id", day(5))
	if got := machineID(h); !got.Made.Equal(day(5)) {
		t.Errorf("%+v", got)
	}
	if got := machineID(tree(t, map[string]string{"/etc/machine-id": ""})); !got.Made.IsZero() {
		t.Errorf("an empty one: %+v", got)
	}
	if got := machineID(tree(t, nil)); !got.Made.IsZero() || got.Path == "" {
		t.Errorf("none: %+v", got)
	}
}

func TestCollect(t *testing.T) {
	h := tree(t, map[string]string{
		"/etc/ssh/ssh_host_ed25519_key": "x", "/etc/default/ssh": "SSHD_OPTS=\"-oMACs=hmac-md5\"\n",
	})
	age(t, h, "/etc/ssh/ssh_host_ed25519_key", day(4))
	f := Collect(context.Background(), h, From{
		Keys:         []Key{{Path: "/etc/ssh/ssh_host_ed25519_key", SHA256: "SHA256:x"}, {Path: "/gone"}},
		Certificates: []string{"none", "/etc/ssh/gone-cert.pub"},
		Args:         []string{"-D", "-oMACs=hmac-md5"}, Files: []string{"/gone", "/etc/default/ssh"},
	})
	if !f.Now.Equal(day(0)) || !f.Keys[0].Made.Equal(day(4)) || !f.Keys[1].Made.IsZero() || f.Keys[0].SHA256 != "SHA256:x" {
		t.Errorf("%+v", f)
	}
	if len(f.Certs) != 1 || f.Certs[0].State != CertAbsent {
		t.Errorf("%+v", f.Certs)
	}
	if !slices.Equal(f.Options, []Option{{"MACs", "hmac-md5", "/etc/default/ssh"}}) {
		t.Errorf("%+v", f.Options)
	}
}

func TestPolicy(t *testing.T) {
	files := map[string]string{policyFile: "Ciphers aes256-gcm@openssh.com\n"}
	if got := policy(tree(t, files)); got != "of unknown name" {
		t.Error(got)
	}
	files["/etc/crypto-policies/config"] = "FUTURE\n"
	if got := policy(tree(t, files)); got != "FUTURE" {
		t.Error(got)
	}
	if got := policy(tree(t, nil)); got != "" {
		t.Error(got)
	}
}

func TestParseOptions(t *testing.T) {
	for _, c := range []struct {
		args []string
		want []Option
	}{
		{[]string{"-D"}, nil},
		{[]string{"-D", "-oKexAlgorithms=+group1"}, []Option{{"KexAlgorithms", "+group1", ""}}},
		{[]string{"-D", "-o", "Ciphers aes128-ctr", "-o", "ciphers=3des-cbc"}, []Option{{"Ciphers", "aes128-ctr", ""}}},
		{[]string{"-Doo=1", "-De", "-DoMACs=a"}, []Option{{"MACs", "a", ""}}},
		{[]string{"-f", "-oMACs=a", "-p", "22"}, nil}, // the value of -f
		{[]string{"-oPort=22", "-oMACs", "-o"}, nil},
		{[]string{"-ohostkeyalgorithms=\"ssh-rsa\"", "word", "-", "--", "-Z"}, []Option{{"hostkeyalgorithms", "ssh-rsa", ""}}},
		// Red Hat 8, /etc/crypto-policies/back-ends/opensshserver.config.
		{[]string{"-D", "-oCiphers=aes256-gcm@openssh.com,aes256-ctr", "-oMACs=hmac-sha2-256", "-oGSSAPIKexAlgorithms=gss-x"},
			[]Option{{"Ciphers", "aes256-gcm@openssh.com,aes256-ctr", ""}, {"MACs", "hmac-sha2-256", ""}}},
	} {
		if got := parseOptions(c.args); !slices.Equal(got, c.want) {
			t.Errorf("%q: got %+v, want %+v", c.args, got, c.want)
		}
	}
}
