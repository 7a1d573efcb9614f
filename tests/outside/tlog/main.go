// Reads proofs of the ledger, one JSON object a line, and checks them with golang.org/x/mod: the
// signature of the checkpoint, the inclusion of the record, and that each tree continues the one before.
package main

import (
	"bufio"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"os"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

type asked struct {
	Key         string
	Checkpoint  string
	Index       int64
	Body        string
	Hashes      []string
	Earlier     string
	Consistency []string
}

func main() {
	checked := 0
	lines := bufio.NewScanner(os.Stdin)
	lines.Buffer(nil, 1<<24)
	for lines.Scan() {
		var one asked
		must(json.Unmarshal(lines.Bytes(), &one))
		must(check(one))
		checked++
	}
	must(lines.Err())
	fmt.Println(checked)
}

func check(one asked) error {
	size, root, err := open(one.Key, one.Checkpoint)
	if err != nil {
		return err
	}
	leaf := tlog.RecordHash([]byte(one.Body))
	if err := tlog.CheckRecord(tlog.RecordProof(hashes(one.Hashes)), size, root, one.Index, leaf); err != nil {
		return err
	}
	if one.Earlier == "" {
		return nil
	}
	old, oldRoot, err := open(one.Key, one.Earlier)
	if err != nil {
		return err
	}
	return tlog.CheckTree(tlog.TreeProof(hashes(one.Consistency)), size, root, old, oldRoot)
}

func open(key, text string) (int64, tlog.Hash, error) {
	verifier, err := note.NewVerifier(key)
	if err != nil {
		return 0, tlog.Hash{}, err
	}
	signed, err := note.Open([]byte(text), note.VerifierList(verifier))
	if err != nil {
		return 0, tlog.Hash{}, err
	}
	said := strings.Split(signed.Text, "\n")
	if said[0] != verifier.Name() {
		return 0, tlog.Hash{}, fmt.Errorf("a checkpoint of %q", said[0])
	}
	size, err := strconv.ParseInt(said[1], 10, 64)
	if err != nil {
		return 0, tlog.Hash{}, err
	}
	root, err := tlog.ParseHash(said[2])
	return size, root, err
}

func hashes(texts []string) []tlog.Hash {
	found := make([]tlog.Hash, len(texts))
	for at, text := range texts {
		raw, err := base64.StdEncoding.DecodeString(text)
		must(err)
		copy(found[at][:], raw)
	}
	return found
}

func must(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
