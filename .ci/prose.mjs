// Checks the English of Markdown, comments, messages and test names; .ci/lint-prose calls it. Code in backticks, <c>, cref or a fence is
// skipped, in messages also 'words' in quotes: put identifiers and literals there.
import { execFileSync } from "node:child_process";
import { existsSync, readFileSync, statSync } from "node:fs";

// What is banned, as an expression in which a space matches any white space and ¶ the start of a summary, and what to write instead.
const banned = [
  ["tell(?:s|ing)?|told", "record, contain, return, describe, report (tell apart: distinguish)"],
  ["(?:is|are|was|were|be) none", "'is not a …', 'or null', '0 if none'"],
  ["(?<!\\bthere (?:\\w+ )?)(?:is|are|was|were) no(?= [\\w¤])(?! (?:longer|more|less|fewer|better|worse|other|different|larger|smaller|slower|faster|later|earlier)\\b)",
    "'is not a …', 'invalid …'"],
  ["knows? no", "does not know, does not support"],
  ["whoever|whomever|nobody|somebody|anybody|everybody", "the client, caller, process or user"],
  ["youngest|younger", "newest, newer"], ["living", "active"], ["anew", "again"], ["mend(?:s|ed|ing)?", "fix"],
  ["verbs?", "command (HTTP: method)"],
  ["(?<!(?:page|segmentation) )faults?(?![ -](?:toleran|injection))|faulty", "error, exception, failure, bug"],
  ["(?<!(?:work|base) )stations?", "middleware"],
  ["doors?", "name the thing: module, class, entry point"],
  ["(?<!\\bquestions?\\b[^.]{0,40})answer(?:s|ed|ing)?(?![^.]{0,40}\\bquestion)", "response, result (as a verb: respond, return)"],
  ["giv(?:es?|en|ing) up|gave up", "time out, stop, cancel"],
  ["(?:goes|going|went) on(?! to\\b)|go on(?=[.,;:)]| (?:with|where|from|after|as|until|without|while)\\b)", "continue"],
  ["in earnest", "in production"], ["believe[sd]?", "trust"],
  ["at once", "immediately, at the same time, in one response"],
  ["of (?:its|their|one's) own", "delete it, or: separate, dedicated"],
  ["from (?:[\\d,]+|zero|one)(?: [a-z]+)? on(?! \\w)", "'1-based', 'N or more', 'starting at N'"],
  ["(?<=¶\\s*)(?:the )?(?:most|least|fewest) [a-z]+ (?:that|which|in|of an?|an?|per|to|one)", "maximum, minimum"],
  ["looks at|looked at|an? look at|without a look", "read, scan, check, inspect"],
  ["(?:is|are|was|were) (?:away|back)(?=[.,;:)]| again| (?:and|but)\\b)", "unavailable, available again"],
  ["held against|by and by|thinks? better", "validated, compared; or a plain word"],
].map(([expression, instead]) => [new RegExp(`(?<![\\w-])(?:${expression.replaceAll(" ", "\\s+")})(?![\\w-])`, "gi"), instead]);

// A test is named after what it shows, without the test before it.
const pronoun = [/(?<![^¤\s])(?:So|They|It|These|Those|This|That|Another|Others?) [a-z][\w ]*/g, "name the subject"];

// Counted against a limit: each has uses that are right, and a heuristic cannot see which.
const condition = new RegExp("(?<!\\b(?:from|exactly|folders?|director(?:y|ies)|files?|places?|points?|positions?|lines?|columns?|sections?|pages?|databases?|tables?|servers?|hosts?|"
  + "know|knows|see|says?|shows?|find|finds|decides?|is|are|of|and|or)\\s+)(?<![[\"'])\\bwhere\\b(?!\\s+(?:to|in|clauses?|conditions?|possible|applicable|necessary|appropriate|needed)\\b)"
  + "(?!\\s+(?:[\\w¤]+\\s+){1,3}?(?:is|are|was|were)\\s+(?:stored|written|found|kept|declared|defined|read|served)\\b)", "g");
const counted = [
  ["'where' for if or when, tell, is none, whoever", 15, [condition, /\bWhere\s+(?!to\b)(?:(?!\n\s*\n)[^.;?¶])*?,/g, ...[0, 1, 4].map(rule => banned[rule][0])]],
  ["sentences that begin with a clause or a complement (What …, Of …, That …)", 15,
    [/(?<=[.¶]\s*)(?:What|Whatever|Of (?:what|a|an|the|two|these|those|all|its)|So (?:is|are|does|do|has|have)|Nor|That (?:it|they|a|an|the))\s(?:(?!\n\s*\n)[^?.¶])*[.;]/g]],
];

const blank = text => text.replace(/[^\n]/g, " "), skip = text => text.replace(/[^\n]/g, "¤");
const markup = text => text
  .replace(/<(c|code)>[\s\S]*?<\/\1>|<(?:see|seealso|paramref|typeparamref)\b[^>]*>/g, skip)
  .replace(/<(?:summary|remarks|returns|param\b[^>]*|para)>/g, tag => blank(tag).slice(1) + "¶").replace(/<\/?\w+[^<>]*>/g, blank);

function markdown(text) {
  return text.replace(/^( *)(```+|~~~+)[\s\S]*?^\1\2/gm, blank).replace(/<!--[\s\S]*?-->/g, blank).replace(/(`+)[^`][\s\S]*?\1/g, skip)
    .replace(/\]\([^)\s]*\)|https?:\S+/g, skip).replace(/<\/?\w+[^<>]*>/g, blank).replace(/^(?:[ >]*(?:[-*+]|\d+\.) |#+ |> )/gm, start => blank(start).slice(1) + "¶").replace(/\|/g, "¶");
}

// C#: comments, or string literals that read as messages, or the names of tests; everything else becomes ¤, so that offsets stay.
const tokens = /(?<raw>\$*("{3,})[\s\S]*?\2)|(?<text>(?:\$@|@\$?)"(?:[^"]|"")*"|\$?"(?:\\.|[^"\\\n])*")|'(?:\\.|[^'\\\n])+'|(?<comment>\/\/[^\n]*|\/\*[\s\S]*?\*\/)|(?<name>\b[A-Z]\w*_\w+(?=\())/g;
const statement = /\b(?:SELECT|INSERT|UPDATE|DELETE|CREATE|ALTER|DROP|FROM|WHERE|WITH|JOIN|SET)\b/;
function csharp(text, kind) {
  let kept = "", end = 0;
  for (const { 0: token, index, groups } of text.matchAll(tokens)) {
    const gap = text.slice(end, index), isMessage = kind === "message" && (groups.text ?? groups.raw) && /[a-z] [a-z]/.test(token) && !statement.test(token);
    kept += /\S/.test(gap) ? skip(gap) : gap;
    kept += kind === "comment" && groups.comment ? token.replace(/^\/\/\/?|^\/\*|\*\/$/, blank)
      : kind === "name" && groups.name ? token.replaceAll("_", " ")
        : isMessage ? token.replace(/\{[^{}]*\}/g, skip).replace(/`[^`]*`|'[\w.-]+'/g, skip) : skip(token);
    end = index + token.length;
  }
  kept += skip(text.slice(end));
  return kind === "comment" ? markup(kept).replace(/`[^`\n]*`/g, skip) : kept;
}

// Shell, YAML, Dockerfile, .http: whole lines and the ends of lines after #.
const hashed = text => text.split("\n").map(line => {
  const start = line.startsWith("#!") ? -1 : line.search(/(?<!\S)#+(?= |$)/);
  return start < 0 ? skip(line) : skip(line.slice(0, start)) + line.slice(start).replace(/^#+/, blank);
}).join("\n");

function parts(file, text) {
  if (file.endsWith(".md")) return [["docs", markdown(text)]];
  if (file.endsWith(".cs"))
    return [["comments", csharp(text, "comment")], ...(/(^|\/)tests\//.test(file) ? [["names", csharp(text, "name")]] : [["messages", csharp(text, "message")]])];
  return /\.(ya?ml|http|sh)$|(^|\/)(Dockerfile|\.editorconfig)$/.test(file) || text.startsWith("#!") ? [["comments", hashed(text)]] : [];
}

const verbose = process.argv.includes("--counted");
const given = process.argv.slice(2).filter(argument => !argument.startsWith("--"));
const files = given.length > 0 ? given : execFileSync("git", ["ls-files", "-co", "--exclude-standard"], { encoding: "utf8" }).split("\n")
  .filter(file => file && existsSync(file) && statSync(file).size < 1_000_000 && !/\/Migrations\/|openapi\.json$/.test(file));
const add = (counts, part, number = 1) => { counts[part] = (counts[part] ?? 0) + number; };
const skipped = process.argv.find(argument => argument.startsWith("--skip="))?.slice(7).split(",") ?? [];
const words = {}, found = counted.map(() => ({})), bans = {};
for (const file of files) {
  const content = readFileSync(file, "utf8");
  for (const [part, text] of parts(file, content)) {
    if (skipped.includes(part)) continue;
    const report = (index, match, message) => console.log(`${file}:${content.slice(0, index).split("\n").length}: ${match.replace(/\s+/g, " ")}: ${message}`);
    for (const [pattern, instead] of part === "names" ? [...banned, pronoun] : banned)
      for (const { 0: match, index } of text.matchAll(pattern)) { report(index, `'${match}'`, instead); add(bans, part); }
    if (part !== "comments" && part !== "docs") continue;
    add(words, part, text.match(/[A-Za-z][\w'’-]*/g)?.length ?? 0);
    for (const [number, [title, , patterns]] of counted.entries())
      for (const pattern of patterns)
        for (const { 0: match, index } of text.matchAll(pattern)) {
          add(found[number], part);
          if (verbose) report(index, `'${match.slice(0, 80)}'`, title);
        }
  }
}
const sum = counts => Object.values(counts).reduce((a, b) => a + b, 0);
const density = (count, total) => (count * 10_000 / Math.max(total, 1)).toFixed(1);
console.log(`${sum(bans)} banned expressions ${JSON.stringify(bans)}, ${sum(words)} words ${JSON.stringify(words)}`);
let failed = sum(bans) > 0;
for (const [number, [title, limit]] of counted.entries()) {
  const each = Object.keys(words).map(part => `${part} ${density(found[number][part] ?? 0, words[part])}`).join(", ");
  const total = density(sum(found[number]), sum(words));
  console.log(`${total} per 10,000 words, must be below ${limit}: ${title} (${each})`);
  failed ||= given.length === 0 && total >= limit;
}
process.exitCode = failed ? 1 : 0;
