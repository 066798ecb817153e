//go:build boxes

package casebook

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/sshd-doctor/sshd-doctor/test/box"
)

// These tests are about the casebook itself: does it see harm, and does it see
// none where there is none?

const says = `echo '{"schema":1,"command":"x","verdict":"healthy","changed":false,"cause":"","findings":[],"repairs":[]}'
`

// playDoctor lets a shell script play the doctor in a case.
func playDoctor(t *testing.T, name, script string) Result {
	t.Helper()
	cases, err := Load()
	if err != nil {
		t.Fatal(err)
	}
	binary := filepath.Join(t.TempDir(), "doctor")
	if err := os.WriteFile(binary, []byte("#!/bin/sh\n"+script+says), 0o755); err != nil {
		t.Fatal(err)
	}
	for _, c := range cases {
		if c.Name == name {
			return Run(t.Context(), c, box.Bookworm, Options{Binary: binary})
		}
	}
	t.Fatalf("no case %s", name)
	return Result{}
}

func TestAQuietDoctorHarmsNothing(t *testing.T) {
	if r := playDoctor(t, "healthy-plain", ""); !r.OK() || !r.Named || r.Healed != NothingToDo {
		t.Error(r.Explain())
	}
}

func TestADoctorWhoSeesNothingIsFoundOut(t *testing.T) {
	r := playDoctor(t, "keys-all-missing", "")
	if r.Err != nil || r.OK() || r.Named || r.Healed != NotHealed {
		t.Errorf("named %v, healed %s, error %v", r.Named, r.Healed, r.Err)
	}
	if text := r.Explain(); !strings.Contains(text, "no hostkeys available") {
		t.Errorf("no journal in the explanation:\n%s", text)
	}
}

func TestHarmIsSeen(t *testing.T) {
	r := playDoctor(t, "healthy-plain", `exec 3>&1 >/dev/null 2>&1
case $1 in
check) touch /tmp/trace ;;
heal)
	rm -f /etc/ssh/ssh_host_rsa_key
	ssh-keygen -q -t rsa -N "" -f /etc/ssh/ssh_host_rsa_key
	chmod 0644 /etc/ssh/ssh_host_ecdsa_key
	rm /etc/ssh/moduli
	systemctl mask ssh.socket
	systemctl restart ssh
	pkill -x cat
	mkdir -p -m 0700 /var/lib/sshd-doctor
	touch /var/lib/sshd-doctor/other
	date +%s%N >/var/lib/sshd-doctor/identity.json ;;
esac
exec >&3
`)
	if r.Err != nil {
		t.Fatal(r.Err)
	}
	harmed := strings.Join(r.Harmed, "\n")
	for _, want := range []string{
		"check leaves no trace: /tmp/trace: new",
		"good keys stay: /etc/ssh/ssh_host_rsa_key",
		"no private key is exposed: /etc/ssh/ssh_host_ecdsa_key",
		"nothing is lost: /etc/ssh/moduli: deleted",
		"nothing is lost: /etc/ssh/ssh_host_rsa_key: overwritten",
		"decisions stay without consent: /etc/systemd/system/ssh.socket: new",
		"a working sshd is not restarted",
		"open sessions survive",
		"a second run of heal without consent changes nothing: /etc/ssh/ssh_host_rsa_key",
		"heal without consent changes nothing: /var/lib/sshd-doctor/other: new",
		"the record can be read by everybody, and written by root: /var/lib/sshd-doctor: drwx",
		"a second run of heal without consent changes nothing: /var/lib/sshd-doctor/identity.json: contents",
	} {
		if !strings.Contains(harmed, want) {
			t.Errorf("not seen: %s", want)
		}
	}
	if t.Failed() {
		t.Log(r.Explain())
	}
}
