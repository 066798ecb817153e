// Command inside is the benchmark's hand in the box: a program so small that it
// does not show in what it measures. It uses system calls and little else.
//
//	inside spawn PROGRAM ARG...   run a program; print its cost as JSON
//	inside hold COUNT NUMBER      accept COUNT connections, keep them open
//	inside call COUNT NUMBER      make COUNT connections to that holder
//	inside sleepers COUNT         start COUNT processes that do nothing
//	inside flood COUNT [CGROUP]   send COUNT messages to the journal
package main

import (
	"os"
	"strconv"
)

func main() {
	if len(os.Args) < 3 {
		fail("usage: inside spawn|hold|call|sleepers|flood ...")
	}
	if os.Args[1] == "spawn" {
		spawn(os.Args[2:])
		return
	}
	count := number(2)
	switch os.Args[1] {
	case "hold":
		hold(count, number(3))
	case "call":
		call(count, number(3))
	case "sleepers":
		sleepers(count)
	case "flood":
		flood(count, os.Args[3:])
	default:
		fail("cannot do " + os.Args[1])
	}
}

// number reads one argument.
func number(at int) int {
	if len(os.Args) <= at {
		fail("a number is missing")
	}
	n, err := strconv.Atoi(os.Args[at])
	must("read a number", err)
	return n
}

func must(what string, err error) {
	if err != nil {
		fail("cannot " + what + ": " + err.Error())
	}
}

func fail(text string) {
	os.Stderr.WriteString("inside: " + text + "\n")
	os.Exit(1)
}
