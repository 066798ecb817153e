// Command inside does in a box, or beside it, what the tests of clients need.
//
//	inside hear PORT FILE     take connections and write each client's offer to FILE
//	inside offers PORT...     print the offers of the servers on these ports
//	inside dial PORT...       be the client that golang.org/x/crypto/ssh is
package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"os"
	"strconv"
	"time"

	"golang.org/x/crypto/ssh"

	"github.com/sshd-doctor/sshd-doctor/internal/handshake"
)

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "inside:", err)
		os.Exit(1)
	}
}

func run(args []string) error {
	switch {
	case len(args) == 3 && args[0] == "hear":
		return hear(args[1], args[2])
	case len(args) > 1 && args[0] == "offers":
		return offers(args[1:])
	case len(args) > 1 && args[0] == "dial":
		for _, port := range args[1:] {
			fmt.Printf("@@ %s\n%s\n", port, dial(port))
		}
		return nil
	}
	return fmt.Errorf("cannot understand %q", args)
}

// offers reads the offers with the product's own reader.
func offers(ports []string) error {
	out := map[string]handshake.Offer{}
	for _, p := range ports {
		n, err := strconv.Atoi(p)
		if err != nil {
			return err
		}
		to := netip.AddrPortFrom(netip.MustParseAddr("127.0.0.1"), uint16(n))
		f := handshake.Collect(context.Background(), handshake.Plan{Targets: []netip.AddrPort{to}})
		offer, ok := f.Offer()
		if !ok {
			return fmt.Errorf("cannot read the offer on port %s: %+v", p, f.Targets)
		}
		out[p] = offer
	}
	return json.NewEncoder(os.Stdout).Encode(out)
}

var errSeen = errors.New("connected")

// dial gets as far as the server's proof of its host key.
func dial(port string) string {
	conn, err := net.DialTimeout("tcp", net.JoinHostPort("127.0.0.1", port), 20*time.Second)
	if err != nil {
		return err.Error()
	}
	defer conn.Close()
	conn.SetDeadline(time.Now().Add(20 * time.Second))
	_, _, _, err = ssh.NewClientConn(conn, "127.0.0.1:"+port, &ssh.ClientConfig{
		User: "nobody", HostKeyCallback: func(string, net.Addr, ssh.PublicKey) error { return errSeen },
	})
	if errors.Is(err, errSeen) {
		return errSeen.Error()
	}
	return fmt.Sprint(err)
}
