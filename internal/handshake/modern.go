package handshake

import "slices"

// offers is what a client brings to a negotiation.
type offers struct{ kex, hostKey, cipher, mac []string }

// openSSH is what ssh offers by default in at least one release from 9.2
// (Debian 12, 2023) to 10.5 (2026): myproposal.h of openssh/openssh-portable at
// the tags V_9_2_P1 to V_10_5_P1.
func openSSH() offers {
	return offers{
		kex: []string{
			"mlkem768x25519-sha256", "sntrup761x25519-sha512", "sntrup761x25519-sha512@openssh.com",
			"curve25519-sha256", "curve25519-sha256@libssh.org",
			"ecdh-sha2-nistp256", "ecdh-sha2-nistp384", "ecdh-sha2-nistp521",
			"diffie-hellman-group-exchange-sha256", "diffie-hellman-group14-sha256",
			"diffie-hellman-group16-sha512", "diffie-hellman-group18-sha512",
		},
		hostKey: []string{
			"ssh-ed25519", "ecdsa-sha2-nistp256", "ecdsa-sha2-nistp384", "ecdsa-sha2-nistp521",
			"rsa-sha2-512", "rsa-sha2-256",
			"sk-ssh-ed25519@openssh.com", "sk-ecdsa-sha2-nistp256@openssh.com",
			"webauthn-sk-ecdsa-sha2-nistp256@openssh.com",
			"ssh-ed25519-cert-v01@openssh.com", "ecdsa-sha2-nistp256-cert-v01@openssh.com",
			"ecdsa-sha2-nistp384-cert-v01@openssh.com", "ecdsa-sha2-nistp521-cert-v01@openssh.com",
			"rsa-sha2-512-cert-v01@openssh.com", "rsa-sha2-256-cert-v01@openssh.com",
			"sk-ssh-ed25519-cert-v01@openssh.com", "sk-ecdsa-sha2-nistp256-cert-v01@openssh.com",
			"webauthn-sk-ecdsa-sha2-nistp256-cert-v01@openssh.com",
		},
		cipher: []string{
			"chacha20-poly1305@openssh.com", "aes128-gcm@openssh.com", "aes256-gcm@openssh.com",
			"aes128-ctr", "aes192-ctr", "aes256-ctr",
		},
		mac: []string{
			"umac-64-etm@openssh.com", "umac-128-etm@openssh.com",
			"hmac-sha2-256-etm@openssh.com", "hmac-sha2-512-etm@openssh.com", "hmac-sha1-etm@openssh.com",
			"umac-64@openssh.com", "umac-128@openssh.com", "hmac-sha2-256", "hmac-sha2-512", "hmac-sha1",
		},
	}
}

// laxer is what other current clients offer beyond that: PuTTY 0.81 to 0.84
// (ssh2transport.c, settings.c; some of it only after asking the user) and Go
// programs (golang.org/x/crypto/ssh v0.58.0, captured).
func laxer() offers {
	return offers{
		kex: []string{
			"curve448-sha512", "mlkem768nistp256-sha256", "mlkem1024nistp384-sha384",
			"diffie-hellman-group15-sha512", "diffie-hellman-group17-sha512",
			"diffie-hellman-group-exchange-sha1", "diffie-hellman-group14-sha1", "diffie-hellman-group1-sha1",
			"rsa2048-sha256", "rsa1024-sha1",
		},
		hostKey: []string{
			"ssh-ed448", "ssh-rsa", "ssh-dss", "ssh-rsa-cert-v01@openssh.com", "ssh-dss-cert-v01@openssh.com",
		},
		cipher: []string{
			"aes256-cbc", "aes192-cbc", "aes128-cbc", "rijndael-cbc@lysator.liu.se", "3des-ctr", "3des-cbc",
			"blowfish-ctr", "blowfish-cbc", "arcfour256", "arcfour128",
		},
		mac: []string{
			"hmac-sha1-96", "hmac-md5", "hmac-sha1-96-etm@openssh.com", "hmac-md5-etm@openssh.com",
		},
	}
}

// list is one list of a negotiation in which nothing is in common.
type list struct {
	// name is how OpenSSH calls it in its own message (sshd.c, kex.c).
	name string
	// setting is the keyword of sshd_config that decides it.
	setting string
	server  []string
}

// missing returns the lists of a server's offer in which a client finds nothing
// for itself. A list of MACs counts only where every cipher that both know
// needs one.
func (c offers) missing(o Offer) []list {
	var out []list
	add := func(ours, theirs []string, name, setting string) {
		same := slices.ContainsFunc(out, func(l list) bool { return l.name == name })
		if !same && len(common(ours, theirs)) == 0 {
			out = append(out, list{name, setting, theirs})
		}
	}
	add(c.kex, o.Kex, "key exchange method", "KexAlgorithms")
	add(c.hostKey, o.HostKey, "host key type", "HostKeyAlgorithms")
	for _, d := range [][2][]string{{o.CipherC2S, o.MACC2S}, {o.CipherS2C, o.MACS2C}} {
		add(c.cipher, d[0], "cipher", "Ciphers")
		if ciphers := common(c.cipher, d[0]); len(ciphers) > 0 && !slices.ContainsFunc(ciphers, hasOwnMAC) {
			add(c.mac, d[1], "MAC", "MACs")
		}
	}
	return out
}

// hasOwnMAC tells whether a cipher brings its own integrity check.
func hasOwnMAC(cipher string) bool {
	switch cipher {
	case "chacha20-poly1305@openssh.com", "aes128-gcm@openssh.com", "aes256-gcm@openssh.com":
		return true
	}
	return false
}

// with returns what two clients offer between them.
func (c offers) with(d offers) offers {
	return offers{
		kex: slices.Concat(c.kex, d.kex), hostKey: slices.Concat(c.hostKey, d.hostKey),
		cipher: slices.Concat(c.cipher, d.cipher), mac: slices.Concat(c.mac, d.mac),
	}
}

func common(a, b []string) []string {
	var out []string
	for _, s := range a {
		if slices.Contains(b, s) {
			out = append(out, s)
		}
	}
	return out
}
