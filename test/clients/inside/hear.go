package main

import (
	"bufio"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"os"
	"strings"
	"time"
)

// heard is a client's offer, in the names of known.txt.
type heard struct {
	Banner string              `json:"banner"`
	Offer  map[string][]string `json:"offer"`
}

// hear takes connections, says what a server says, and writes a line of JSON for
// each client to a file.
func hear(port, file string) error {
	l, err := net.Listen("tcp", "127.0.0.1:"+port)
	if err != nil {
		return err
	}
	out, err := os.OpenFile(file, os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o644)
	if err != nil {
		return err
	}
	for {
		conn, err := l.Accept()
		if err != nil {
			return err
		}
		h, err := listen(conn)
		conn.Close()
		if err != nil {
			h.Banner = "fault: " + err.Error()
		}
		if err := json.NewEncoder(out).Encode(h); err != nil {
			return err
		}
	}
}

func listen(conn net.Conn) (heard, error) {
	var h heard
	conn.SetDeadline(time.Now().Add(20 * time.Second))
	if _, err := conn.Write(append([]byte("SSH-2.0-OpenSSH_9.2\r\n"), hello()...)); err != nil {
		return h, err
	}
	r := bufio.NewReader(conn)
	banner, err := r.ReadString('\n')
	if err != nil {
		return h, err
	}
	h.Banner = strings.TrimSpace(banner)
	var head [5]byte
	if _, err := io.ReadFull(r, head[:]); err != nil {
		return h, err
	}
	packet := make([]byte, binary.BigEndian.Uint32(head[:])-1)
	if _, err := io.ReadFull(r, packet); err != nil {
		return h, err
	}
	if packet[0] != 20 {
		return h, fmt.Errorf("message %d is no KEXINIT", packet[0])
	}
	h.Offer = map[string][]string{}
	rest := packet[17:]
	for _, name := range []string{"kex", "hostkey", "cipher", "", "mac"} {
		n := binary.BigEndian.Uint32(rest)
		if name != "" {
			h.Offer[name] = strings.Split(string(rest[4:4+n]), ",")
		}
		rest = rest[4+n:]
	}
	return h, nil
}

// hello is a KEXINIT that every client can do something with.
func hello() []byte {
	payload := append([]byte{20}, make([]byte, 16)...)
	for _, names := range []string{
		"curve25519-sha256,diffie-hellman-group14-sha256", "ssh-ed25519,rsa-sha2-512",
		"aes128-ctr", "aes128-ctr", "hmac-sha2-256", "hmac-sha2-256", "none", "none", "", "",
	} {
		payload = binary.BigEndian.AppendUint32(payload, uint32(len(names)))
		payload = append(payload, names...)
	}
	payload = append(payload, 0, 0, 0, 0, 0)
	padding := 8 - (len(payload)+5)%8
	if padding < 4 {
		padding += 8
	}
	packet := binary.BigEndian.AppendUint32(nil, uint32(1+len(payload)+padding))
	packet = append(packet, byte(padding))
	return append(append(packet, payload...), make([]byte, padding)...)
}
