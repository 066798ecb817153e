package clients

import (
	"slices"
	"strings"
)

// safe tells whether a method may be switched on without weakening a server: what
// OpenSSH 10 offers by default, and what is as good (RFC 9142 for key exchange).
func safe(p Part, name string) bool {
	switch p {
	case Kex:
		return !strings.HasSuffix(name, "sha1") && slices.ContainsFunc([]string{
			"mlkem", "sntrup761", "curve25519-", "curve448-", "ecdh-sha2-nistp", "diffie-hellman-group-exchange-sha256",
			"diffie-hellman-group14-sha256", "diffie-hellman-group15-", "diffie-hellman-group16-",
			"diffie-hellman-group17-", "diffie-hellman-group18-",
		}, func(prefix string) bool { return strings.HasPrefix(name, prefix) })
	case HostKey:
		return !strings.HasPrefix(name, "ssh-rsa") && !strings.HasPrefix(name, "ssh-dss")
	case Cipher:
		return ownMAC(name) || strings.HasPrefix(name, "aes") && strings.HasSuffix(name, "-ctr")
	}
	return !strings.Contains(name, "md5") && !strings.Contains(name, "ripemd") && !strings.Contains(name, "-96")
}

// cost says what switching a weak method on would cost.
func cost(p Part, name string) string {
	switch {
	case p == HostKey && strings.HasPrefix(name, "ssh-dss"):
		return "who breaks a 1024-bit DSA key can pose as this server"
	case p == HostKey:
		return "who can forge a SHA-1 signature can pose as this server"
	case p == Kex && strings.Contains(name, "group1-"):
		return "who breaks 1024-bit Diffie-Hellman can read recorded sessions"
	case p == Kex:
		return "its key exchange rests on SHA-1, which is broken for other uses"
	case p == Cipher && strings.HasPrefix(name, "arcfour"):
		return "RC4 leaks parts of what is sent again and again, such as passwords"
	case p == Cipher && strings.HasPrefix(name, "aes"):
		return "CBC lets who sits in between learn some of what is sent"
	case p == Cipher:
		return "an old cipher with small blocks leaks parts of long sessions"
	}
	return "who sits in between may change what is sent unseen"
}

// weakness ranks methods: 0 is safe, more is weaker.
func weakness(p Part, name string) int {
	switch {
	case safe(p, name):
		return 0
	case p == Kex && strings.Contains(name, "group1-"), name == "ssh-dss", strings.HasPrefix(name, "arcfour"):
		return 2
	}
	return 1
}

// KeyType is the type of the key behind a host key algorithm, as ssh-keygen -t
// calls it; empty where ssh-keygen makes none.
func KeyType(algorithm string) string {
	switch {
	case strings.HasPrefix(algorithm, "ecdsa-sha2-nistp"):
		return "ecdsa"
	case strings.HasPrefix(algorithm, "ssh-ed25519"):
		return "ed25519"
	case isRSA(algorithm):
		return "rsa"
	case strings.HasPrefix(algorithm, "ssh-dss"):
		return "dsa"
	}
	return ""
}
