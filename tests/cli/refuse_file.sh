# Scenario files that are broken in each way: file, line and column stand in the message.
file=../bad.yaml
bad() {
    local glob=$1
    refuses "pacemark: ../bad.yaml:$glob" run $file
}
text() {
    printf "$1" >$file
    bad "$2"
}
text 'query: spend\nrate: 5x\n' '2:1: rate: 5x: unknown suffix: *'
text 'query: spend\nratte: 5\n' '2:1: ratte: unknown setting: did you mean rate[?]'
text 'query: spend\nrate: 5\nrate: 6\n' '3:1: rate stands twice: *'
text 'query: spend\nrate: "5\n' '*: found unexpected end of stream'
text 'query: spend\nx\0: 5\n' '2:2: a NUL byte: *'
text 'query: spend\nsummary: \377\n' '2:10: not UTF-8: *'
text 'query: spend\n  rate: 5\n' '2:7: mapping values are not allowed in this context'
text 'query: nothing\n' '1:1: query: unknown: expected one of *'
text 'rate: 5\n' '1:1: query: missing: *'
text '' '1:1: query: missing: *'
head -c 2000000 /dev/zero | tr '\0' a >$file
bad '1:1: longer than 1048576 bytes: *'
yes '{a: ' | head -n 100000 | tr -d '\n' >$file
bad '1:*: more than 32 mappings within mappings'
yes '[' | head -n 100000 | tr -d '\n' >$file
bad '*'
for i in $(seq 2000); do echo "key$i: 1"; done >$file
bad '1025:1: more than 1024 keys'
rm $file
mkfifo $file
refuses 'pacemark: ../bad.yaml: not a regular file: *' run $file
rm $file
