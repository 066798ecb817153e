package messages

import (
	"fmt"
	"slices"
	"strings"
)

// family is the program that said the first message of the text.
func (a *Answer) family() string {
	if len(a.Found.Sure) == 0 {
		return ""
	}
	by := a.Found.Sure[0].Message.By
	families := strings.Fields("sshd sshd OpenSSH OpenSSH PuTTY PuTTY plink PuTTY WinSCP PuTTY dropbear dropbear JSch JSch" +
		" paramiko paramiko asyncssh asyncssh libssh2 libssh2 curl libssh2 PHP libssh2 libgit2 libssh2 libssh libssh Node ssh2 Go Go")
	for i := 0; i < len(families); i += 2 {
		if strings.Contains(by, families[i]) {
			return families[i+1]
		}
	}
	return ""
}

// familyOf tells a client by names that only its family sends.
func familyOf(names []string) string {
	has := func(begin string) bool {
		return slices.ContainsFunc(names, func(n string) bool { return strings.HasPrefix(n, begin) })
	}
	switch {
	case has("rsa2048-sha256") || has("rsa1024-sha1"):
		return "PuTTY or WinSCP"
	case has("kexguess2@matt.ucc.asn.au"):
		return "dropbear"
	case has("kex-strict-c") && has("sntrup761"):
		return "OpenSSH 8.9 or later"
	case has("diffie-hellman-group1-sha1") && !has("curve25519") && !has("ecdh-"):
		return "one of before 2011"
	}
	return ""
}

// easiest is the method of a list that most clients speak, as the list has it.
func easiest(p Part, have []string) string {
	order := ""
	switch p {
	case Kex:
		order = "curve25519-sha256 ecdh-sha2-nistp256 diffie-hellman-group14-sha256 diffie-hellman-group16-sha512" +
			" diffie-hellman-group-exchange-sha256 sntrup761x25519-sha512 mlkem768x25519-sha256 diffie-hellman-group14-sha1"
	case HostKey:
		order = "ssh-ed25519 ecdsa-sha2-nistp256 rsa-sha2-512 rsa-sha2-256 ssh-rsa"
	case Cipher:
		order = "aes128-ctr aes256-ctr aes128-gcm aes256-gcm chacha20-poly1305 aes128-cbc aes256-cbc"
	case MAC:
		order = "hmac-sha2-256 hmac-sha2-512 hmac-sha2-256-etm hmac-sha2-512-etm umac-128-etm umac-128 umac-64-etm hmac-sha1"
	}
	for _, n := range strings.Fields(order) {
		for _, h := range have {
			if method, _, _ := strings.Cut(h, "@"); method == n {
				return h
			}
		}
	}
	for _, h := range have {
		if !pseudo(h) {
			return h
		}
	}
	return ""
}

// since is the release of OpenSSH whose client first spoke a method by default
// (myproposal.h at the tags of openssh-portable).
func since(name string) string {
	name, _, _ = strings.Cut(name, "@")
	releases := strings.Fields("mlkem768x25519 9.9 sntrup761x25519 8.9 curve25519-sha256 7.4 ecdh-sha2 5.7 ssh-ed25519 6.5 ecdsa-sha2 5.7" +
		" diffie-hellman-group14-sha256 7.3 diffie-hellman-group16 7.3 diffie-hellman-group18 7.3 rsa-sha2 7.2 chacha20 6.5")
	for i := 0; i < len(releases); i += 2 {
		if strings.HasPrefix(name, releases[i]) {
			return releases[i+1]
		}
	}
	return ""
}

// setting is the keyword of ssh_config(5), query what ssh -Q calls it.
func setting(p Part) (keyword, query string) {
	switch p {
	case Kex:
		return "KexAlgorithms", "kex"
	case HostKey:
		return "HostKeyAlgorithms", "key"
	case Cipher:
		return "Ciphers", "cipher"
	case MAC:
		return "MACs", "mac"
	}
	return "Compression", "compression"
}

// upgrade is what helps a client that has no such option. Since when each speaks
// what was read in its sources.
func upgrade(family string, p Part, name string) string {
	switch family {
	case "PuTTY":
		return "update PuTTY or WinSCP (0.76 has rsa-sha2, 0.83 ML-KEM)"
	case "dropbear":
		return "update dropbear (2020.81 or later)"
	case "JSch":
		return "replace JSch by its successor com.github.mwiede:jsch"
	case "paramiko":
		return "pip install --upgrade paramiko   (rsa-sha2 from 2.9)"
	case "libssh2":
		return "update libssh2 (rsa-sha2 from 1.11.0)"
	case "asyncssh":
		option := "kex_algs"
		switch p {
		case HostKey:
			option = "server_host_key_algs"
		case Cipher:
			option = "encryption_algs"
		case MAC:
			option = "mac_algs"
		}
		return fmt.Sprintf("asyncssh.connect(..., %s='+%s')", option, name)
	case "Go":
		return "update golang.org/x/crypto and build it again"
	case "libssh", "ssh2":
		return "update " + family + ", or allow " + name + " in the options of the program"
	}
	return "update the client, so that it speaks " + name
}
