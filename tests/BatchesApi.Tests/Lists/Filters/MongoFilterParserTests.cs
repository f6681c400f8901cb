using BatchesApi.Domain;
using BatchesApi.Http;
using BatchesApi.Lists.Filters;

namespace BatchesApi.Tests.Lists.Filters;

public sealed class MongoFilterParserTests
{
    [Theory]
    [InlineData("{}", "and()")]
    [InlineData("""{"a":1,"b":"x"}""", "and(a eq 1; b eq \"x\")")]
    [InlineData("""{"a":{"$gte":1,"$lt":null}}""", "and(a gte 1, lt null)")]
    [InlineData("""{"a":["x",true]}""", "and(a eq [\"x\", true])")]
    [InlineData("""{"$or":[{"a":1},{"$nor":[{"b":2}]}]}""", "and(or(and(a eq 1); and(nor(and(b eq 2)))))")]
    [InlineData("""{"a":{"$not":{"$elemMatch":{"$gt":1}}}}""", "and(a not (elemMatch (gt 1)))")]
    [InlineData(" {\n\"a\" : 1 } ", "and(a eq 1)")]
    public void Conditions_are_parsed(string p, string tree) =>
        Assert.Equal(tree, MongoFilterParser.Parse(new QueryParameter("p", p), new ValidationErrors())!.ToString());

    [Theory]
    [InlineData("{", "p", "invalid JSON at character 2.")]
    [InlineData("""{"é":1,}""", "p", "invalid JSON at character 8.")]
    [InlineData("{\n\"😀\":\n  x}", "p", "invalid JSON at character 10.")]
    [InlineData("{'a':1}", "p", "invalid JSON at character 2.")]
    [InlineData("nonsense", "p", "invalid JSON")]
    [InlineData("[]", "p", "expected a JSON object")]
    [InlineData("4", "p", "expected a JSON object")]
    [InlineData("null", "p", "expected a JSON object")]
    [InlineData("""{"rating":1,"rating":2}""", "p.rating", "more than once")]
    [InlineData("""{"rating":{"$gt":1,"$gt":2}}""", "p.rating.$gt", "more than once")]
    [InlineData("""{"rating":1,"r\u0061ting":2}""", "p.rating", "more than once")]
    [InlineData("""{"assignee":"a\u0000"}""", "p.assignee", "U+0000")]
    [InlineData("""{"assignee":{"$in":["a","\ud800"]}}""", "p.assignee.$in[1]", "surrogate")]
    [InlineData("""{"\ud800":1}""", "p['\uFFFD']", "unknown field")]
    [InlineData("""{"ratin":1}""", "p.ratin", "Did you mean 'rating'?")]
    [InlineData("""{"Rating":1}""", "p.Rating", "Did you mean 'rating'?")]
    [InlineData("""{"accountId":1}""", "p.accountId", "unknown field")]
    [InlineData("""{"a b":1}""", "p['a b']", "unknown field")]
    [InlineData("""{"rating":{"$gtee":1}}""", "p.rating.$gtee", "Did you mean '$gte'?")]
    [InlineData("""{"rating":{"$gtt":1}}""", "p.rating.$gtt", "Operators allowed here: ")]
    [InlineData("""{"rating":{"$regex":"x"}}""", "p.rating.$regex", "unknown operator")]
    [InlineData("""{"rating":{"$or":[{"$gt":1}]}}""", "p.rating.$or", "outside the field")]
    [InlineData("""{"$norr":[{"rating":1}]}""", "p.$norr", "Did you mean '$nor'?")]
    [InlineData("""{"$where":"1"}""", "p.$where", "unknown operator")]
    [InlineData("""{"$not":{"rating":1}}""", "p.$not", "must be inside a field")]
    [InlineData("""{"$gt":1}""", "p.$gt", "must be inside a field")]
    [InlineData("""{"$or":[{"$gt":1}]}""", "p.$or[0].$gt", "must be inside a field")]
    [InlineData("""{"$and":[]}""", "p.$and", "expected an array of at least one object of conditions.")]
    [InlineData("""{"$or":[]}""", "p.$or", "expected an array of at least one object of conditions.")]
    [InlineData("""{"$nor":{}}""", "p.$nor", "expected an array of at least one object of conditions.")]
    [InlineData("""{"$or":[{"rating":1},2]}""", "p.$or[1]", "expected an object of conditions.")]
    [InlineData("""{"rating":{}}""", "p.rating", "expected at least one operator.")]
    [InlineData("""{"rating":{"$not":{}}}""", "p.rating.$not", "expected at least one operator.")]
    [InlineData("""{"rating":{"$not":4}}""", "p.rating.$not", "expected an object of operators, such as")]
    [InlineData("""{"leadIds":{"$elemMatch":{}}}""", "p.leadIds.$elemMatch", "expected at least one operator.")]
    [InlineData("""{"leadIds":{"$elemMatch":["a"]}}""", "p.leadIds.$elemMatch", "expected an object of operators, such as")]
    [InlineData("""{"leadIds":{"$elemMatch":{"$or":[{"$gt":"a"}]}}}""", "p.leadIds.$elemMatch.$or", "outside the field")]
    [InlineData("""{"leadIds":{"$elemMatch":{"a":1}}}""", "p.leadIds.$elemMatch.a", "unknown operator")]
    [InlineData("""{"leadIds":{"$elemMatch":{"$size":1}}}""", "p.leadIds.$elemMatch.$size", "requires an array field; ")]
    [InlineData("""{"leadIds":{"$elemMatch":{"$eq":["a"]}}}""", "p.leadIds.$elemMatch.$eq", "expected a string")]
    [InlineData("""{"rating":{"$in":4}}""", "p.rating.$in", "expected an array of values.")]
    [InlineData("""{"rating":{"$nin":null}}""", "p.rating.$nin", "expected an array of values.")]
    [InlineData("""{"leadIds":{"$all":"a"}}""", "p.leadIds.$all", "expected an array of values.")]
    [InlineData("""{"leadIds":{"$in":[["a"]]}}""", "p.leadIds.$in[0]", "unexpected array inside an array.")]
    [InlineData("""{"leadIds":[["a"]]}""", "p.leadIds[0]", "unexpected array inside an array.")]
    [InlineData("""{"rating":{"$in":[1,{}]}}""", "p.rating.$in[1]", "expected an integer or null.")]
    [InlineData("""{"rating":{"$exists":1}}""", "p.rating.$exists", "expected true or false.")]
    [InlineData("""{"leadIds":{"$exists":"true"}}""", "p.leadIds.$exists", "expected true or false.")]
    [InlineData("""{"rating":4.5}""", "p.rating", "expected an integer or null.")]
    [InlineData("""{"rating":1e-400}""", "p.rating", "expected an integer or null.")]
    [InlineData("""{"rating":1e309}""", "p.rating", "expected an integer or null.")]
    [InlineData("""{"rating":{"$lt":-1e999}}""", "p.rating.$lt", "expected an integer.")]
    [InlineData("""{"rating":{"$in":[1,1e999999999999999999999]}}""", "p.rating.$in[1]", "expected an integer or null.")]
    [InlineData("""{"leadIds":{"$size":1e999}}""", "p.leadIds.$size", "expected a non-negative integer.")]
    [InlineData("""{"rating":"4"}""", "p.rating", "expected an integer or null.")]
    [InlineData("""{"rating":true}""", "p.rating", "expected an integer or null.")]
    [InlineData("""{"rating":[4]}""", "p.rating", "expected an integer or null.")]
    [InlineData("""{"rating":{"$gte":null}}""", "p.rating.$gte", "expected an integer.")]
    [InlineData("""{"assignee":4}""", "p.assignee", "expected a string or null.")]
    [InlineData("""{"assignee":{"$lt":null}}""", "p.assignee.$lt", "expected a string.")]
    [InlineData("""{"assignee":["amy"]}""", "p.assignee", "expected a string")]
    [InlineData("""{"repeated":"true"}""", "p.repeated", "expected true, false or null.")]
    [InlineData("""{"dueDate":"tomorrow"}""", "p.dueDate", "expected an RFC 3339 date")]
    [InlineData("""{"dueDate":{"$gt":20261201}}""", "p.dueDate.$gt", "expected an RFC 3339 date")]
    [InlineData("""{"leadIds":{"$gt":["a"]}}""", "p.leadIds.$gt", "expected a string")]
    [InlineData("""{"leadIds":{"$gt":null}}""", "p.leadIds.$gt", "expected a string.")]
    [InlineData("""{"leadIds":4}""", "p.leadIds", "expected a string, an array of strings or null.")]
    [InlineData("""{"leadIds":["a",null]}""", "p.leadIds[1]", "expected a string.")]
    [InlineData("""{"leadIds":{"$ne":["a",4]}}""", "p.leadIds.$ne[1]", "expected a string")]
    [InlineData("""{"leadIds":{"$size":-1}}""", "p.leadIds.$size", "expected a non-negative integer.")]
    [InlineData("""{"leadIds":{"$size":1.5}}""", "p.leadIds.$size", "expected a non-negative integer.")]
    [InlineData("""{"leadIds":{"$size":"1"}}""", "p.leadIds.$size", "expected a non-negative integer.")]
    [InlineData("""{"rating":{"$size":1}}""", "p.rating.$size", "requires an array field; ")]
    [InlineData("""{"rating":{"$all":[1]}}""", "p.rating.$all", "requires an array field; ")]
    [InlineData("""{"assignee":{"$elemMatch":{"$eq":"a"}}}""", "p.assignee.$elemMatch", "requires an array field; ")]
    public void Errors_have_their_JSON_path(string p, string key, string message)
    {
        var (at, messages) = Assert.Single(ErrorsIn("p", p));
        Assert.Equal(key, at);
        Assert.Contains(message, Assert.Single(messages), StringComparison.Ordinal);
    }

    /// <summary>A suggestion does what the client meant: it never drops or inverts a condition.</summary>
    [Theory]
    [InlineData("""{"rating":{"gt":1}}""", "p.rating.gt unknown operator 'gt'. Use $gt.")]
    [InlineData("""{"rating":{"$GT":1}}""", "p.rating.$GT unknown operator '$GT'. Use $gt.")]
    [InlineData("""{"rating":{"size":1}}""", "p.rating.size unknown operator 'size'. Use $size.")]
    [InlineData("""{"rating":{"$neq":4}}""", "p.rating.$neq unknown operator '$neq'. Use $ne.")]
    [InlineData("""{"rating":{"$notIn":[4]}}""", "p.rating.$notIn unknown operator '$notIn'. Use $nin.")]
    [InlineData("""{"assignee":{"$starts_with":"a"}}""", "p.assignee.$starts_with unknown operator '$starts_with'. Use $startsWith.")]
    [InlineData("""{"assignee":{"$regex":"am"}}""", "p.assignee.$regex unknown operator '$regex'. Use {\"$contains\":\"am\"}.")]
    [InlineData("""{"assignee":{"$regex":"^am"}}""", "p.assignee.$regex unknown operator '$regex'. Use {\"$startsWith\":\"am\"}.")]
    [InlineData("""{"assignee":{"$regex":"^amy$"}}""",
        "p.assignee.$regex unknown operator '$regex'. Use $contains or $startsWith, which take plain text.")]
    [InlineData("""{"assignee":{"$regex":".*am.*"}}""", "p.assignee.$regex unknown operator '$regex'. Use {\"$contains\":\"am\"}.")]
    [InlineData("""{"assignee":{"$regex":"a.y"}}""",
        "p.assignee.$regex unknown operator '$regex'. Use $contains or $startsWith, which take plain text.")]
    [InlineData("""{"assignee":{"$regex":"y$"}}""",
        "p.assignee.$regex unknown operator '$regex'. Use $contains or $startsWith, which take plain text.")]
    [InlineData("""{"assignee":{"$options":"i"}}""",
        "p.assignee.$options unknown operator '$options'. Remove it: $contains and $startsWith ignore case.")]
    [InlineData("""{"assignee":{"$like":"%am%"}}""", "p.assignee.$like unknown operator '$like'. Use {\"$contains\":\"am\"}.")]
    [InlineData("""{"assignee":{"$ilike":"am%"}}""", "p.assignee.$ilike unknown operator '$ilike'. Use {\"$startsWith\":\"am\"}.")]
    [InlineData("""{"assignee":{"$like":4}}""",
        "p.assignee.$like unknown operator '$like'. Use $contains or $startsWith, which take plain text.")]
    [InlineData("""{"rating":{"$between":[1,3]}}""", "p.rating.$between unknown operator '$between'. Use {\"$gte\":1,\"$lte\":3}.")]
    [InlineData("""{"$text":{"$search":"x"}}""",
        "p.$text unknown operator '$text'. Use $contains on a field, or the parameter q for all fields.")]
    [InlineData("""{"$like":"x"}""",
        "p.$like unknown operator '$like'. Write operators on fields inside the field, as in {\"rating\":{\"$gte\":4}}.")]
    [InlineData("""{"assignee":{"$ncontains":"am"}}""",
        "p.assignee.$ncontains unknown operator '$ncontains'. Use {\"$not\":{\"$contains\":\"am\"}}.")]
    [InlineData("""{"assignee":{"not":{"contains":"am"}}}""", "p.assignee.not unknown operator 'not'. Use $not.")]
    [InlineData("""{"leadIds":{"$includes":"x"}}""",
        "p.leadIds.$includes unknown operator '$includes'. Elements are compared whole. Use {\"$eq\":\"x\"}.")]
    [InlineData("""{"leadIds":{"$like":"x%"}}""",
        "p.leadIds.$like unknown operator '$like'. $like requires a string field; 'leadIds' is an array.")]
    [InlineData("""{"leadIds":{"isEmpty":true}}""", "p.leadIds.isEmpty unknown operator 'isEmpty'. Use {\"$size\":0}.")]
    [InlineData("""{"or":[{"rating":4}]}""", "p.or unknown field 'or'. Use $or.")]
    [InlineData("""{"_id":{"$oid":"x"}}""", "p._id.$oid unknown operator '$oid'. Write the value itself, without $oid.")]
    [InlineData("""{"rating":[1,3]}""", "p.rating expected an integer or null. For several values, use $in or $nin.")]
    [InlineData("""{"assignee":{"$not":"amy"}}""",
        "p.assignee.$not expected an object of operators, such as {\"$gte\":4}. For a value, use $ne.")]

    // Not JSON.
    [InlineData("assignee:amy", "p invalid JSON at character 1. Use fields=assignee:amy, or JSON such as p={\"rating\":{\"$gte\":4}}.")]
    [InlineData("rating>3", "p invalid JSON at character 1. Use fields=rating:gt:3, or JSON such as p={\"rating\":{\"$gte\":4}}.")]
    [InlineData("rating:nin:x", "p invalid JSON at character 1. Send a JSON object, such as p={\"rating\":{\"$gte\":4}}.")]
    [InlineData("amy", "p invalid JSON at character 1. Send a JSON object, such as p={\"rating\":{\"$gte\":4}}.")]
    [InlineData("{'rating':4}", "p invalid JSON at character 2. Write names and texts in double quotes: p={\"rating\":4}.")]
    [InlineData("{assignee:amy}", "p invalid JSON at character 2. Write names and texts in double quotes: p={\"assignee\":\"amy\"}.")]
    [InlineData("{rating:{$gte:4,},}",
        "p invalid JSON at character 2. Write names and texts in double quotes: p={\"rating\":{\"$gte\":4}}.")]
    [InlineData("{\"rating\"=4}", "p invalid JSON at character 10. Write names and texts in double quotes: p={\"rating\":4}.")]
    [InlineData("{x}", "p invalid JSON at character 2. Send a JSON object, such as p={\"rating\":{\"$gte\":4}}.")]
    [InlineData("{'colour':4}", "p invalid JSON at character 2. Send a JSON object, such as p={\"rating\":{\"$gte\":4}}.")]
    [InlineData("{{{}}}", "p invalid JSON at character 2. Send a JSON object, such as p={\"rating\":{\"$gte\":4}}.")]
    [InlineData("{\"rating\":4,}", "p invalid JSON at character 13. Remove comments and trailing commas.")]
    [InlineData("{\"rating\":4",
        "p invalid JSON at character 12. The JSON is incomplete. Send it URL-encoded: & is %26, # is %23, + is %2B and % is %25. "
        + "Example: p={\"rating\":{\"$gte\":4}}.")]
    [InlineData("%7B%22rating%22:4%7D", "p invalid JSON at character 1. The value is URL-encoded twice. Encode it once.")]
    [InlineData("\"{\\\"rating\\\":4}\"",
        "p expected a JSON object of conditions, such as {\"rating\":{\"$gte\":4}}. Send the object itself, not as a JSON string.")]
    [InlineData("[{\"rating\":4}]",
        "p expected a JSON object of conditions, such as {\"rating\":{\"$gte\":4}}. "
        + "To combine conditions, use {\"$and\":[…]} or {\"$or\":[…]}.")]
    public void An_error_states_the_filter_that_the_client_meant(string p, string error) =>
        Assert.Equal([error], ErrorsIn("p", p).Lines());

    [Fact]
    public void All_errors_are_reported_under_the_name_that_the_client_wrote()
    {
        var errors = ErrorsIn("P", """{"$or":[{"rating":{"$gte":"x","$foo":1}},{"ratin":1}],"$and":[],"leadIds":{"$in":[1,"a",2]}}""");
        Assert.Equal(
            ["P.$or[0].rating.$foo", "P.$and", "P.$or[0].rating.$gte", "P.$or[1].ratin", "P.leadIds.$in[0]", "P.leadIds.$in[2]"],
            errors.Select(error => error.Key));
    }

    [Fact]
    public void Limits_are_enforced()
    {
        string Nested(string op, int depth) => depth == 0 ? """{"rating":1}""" : $$"""{"{{op}}":[{{Nested(op, depth - 1)}}]}""";
        string Negated(int depth) => depth == 0 ? """{"$gt":1}""" : $$"""{"$not":{{Negated(depth - 1)}} }""";
        string Many(int conditions) => $$"""{"$and":[{{string.Join(',', Enumerable.Repeat("""{"rating":1}""", conditions))}}]}""";
        string Listed(int values) => $$$"""{"rating":{"$in":[{{{string.Join(',', Enumerable.Repeat("1", values))}}}]}}""";

        Assert.Empty(ErrorsIn("p", Nested("$or", 8)));
        Assert.Contains(
            "Logical operators can be nested 8 levels deep.",
            MessageAt(Nested("$or", 9), "p" + string.Concat(Enumerable.Repeat(".$or[0]", 8)) + ".$or"),
            StringComparison.Ordinal);
        Assert.Empty(ErrorsIn("p", Nested("$or", 8).Replace("1", Negated(9), StringComparison.Ordinal)));
        Assert.Empty(ErrorsIn("p", Many(100)));
        Assert.Contains("too many conditions. The maximum is 100.", MessageAt(Many(102), "p.$and[100].rating"), StringComparison.Ordinal);
        Assert.Empty(ErrorsIn("p", Listed(1_000)));
        Assert.Contains(
            "too many values (1,001). The maximum is 1,000.",
            MessageAt(Listed(1_001), "p.rating.$in"),
            StringComparison.Ordinal);
        Assert.Empty(ErrorsIn("p", $$"""{"notes":"{{new string('é', (8_192 - 12) / 2)}}"}"""));
        Assert.Contains(
            "too long: 8,194 bytes. The maximum is 8,192.",
            MessageAt($$"""{"notes":"{{new string('é', (8_192 - 10) / 2)}}"}""", "p"),
            StringComparison.Ordinal);
        Assert.Contains(
            "nested at most 64 levels deep",
            MessageAt($"{new string('[', 999)}{new string(']', 999)}", "p"),
            StringComparison.Ordinal);
        Assert.Contains("surrogate", MessageAt("{\"a\uD800\":1}", "p"), StringComparison.Ordinal);
    }

    private static string MessageAt(string p, string key)
    {
        var (at, messages) = Assert.Single(ErrorsIn("p", p));
        Assert.Equal(key, at);
        return Assert.Single(messages);
    }

    private static ValidationErrors ErrorsIn(string name, string p)
    {
        var errors = new ValidationErrors();
        if (MongoFilterParser.Parse(new QueryParameter(name, p), errors) is { } filter)
            FilterPlanner.Plan([filter], errors);
        return errors;
    }
}
