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
    public void Conditions_are_read(string p, string tree) => Assert.Equal(tree, MongoFilterParser.Parse(new QueryParameter("p", p), new ValidationErrors())!.ToString());

    [Theory]
    [InlineData("{", "p", "is not valid JSON: at character 2.")]
    [InlineData("""{"é":1,}""", "p", "is not valid JSON: at character 8.")]
    [InlineData("{\n\"😀\":\n  x}", "p", "is not valid JSON: at character 10.")]
    [InlineData("{'a':1}", "p", "at character 2.")]
    [InlineData("nonsense", "p", "is not valid JSON")]
    [InlineData("[]", "p", "must be a JSON object")]
    [InlineData("4", "p", "must be a JSON object")]
    [InlineData("null", "p", "must be a JSON object")]
    [InlineData("""{"rating":1,"rating":2}""", "p.rating", "more than once")]
    [InlineData("""{"rating":{"$gt":1,"$gt":2}}""", "p.rating.$gt", "more than once")]
    [InlineData("""{"rating":1,"r\u0061ting":2}""", "p.rating", "more than once")]
    [InlineData("""{"assignee":"a\u0000"}""", "p.assignee", "U+0000")]
    [InlineData("""{"assignee":{"$in":["a","\ud800"]}}""", "p.assignee.$in[1]", "surrogate")]
    [InlineData("""{"\ud800":1}""", "p['\uFFFD']", "not a field")]
    [InlineData("""{"ratin":1}""", "p.ratin", "Did you mean 'rating'?")]
    [InlineData("""{"Rating":1}""", "p.Rating", "Did you mean 'rating'?")]
    [InlineData("""{"accountId":1}""", "p.accountId", "not a field")]
    [InlineData("""{"a b":1}""", "p['a b']", "not a field")]
    [InlineData("""{"rating":{"$gtt":1}}""", "p.rating.$gtt", "Did you mean '$gt'?")]
    [InlineData("""{"rating":{"gt":1}}""", "p.rating.gt", "Did you mean '$gt'?")]
    [InlineData("""{"rating":{"$GT":1}}""", "p.rating.$GT", "Did you mean '$gt'?")]
    [InlineData("""{"rating":{"$regex":"x"}}""", "p.rating.$regex", "is not an operator")]
    [InlineData("""{"rating":{"$or":[{"$gt":1}]}}""", "p.rating.$or", "outside the field")]
    [InlineData("""{"$orr":[{"rating":1}]}""", "p.$orr", "Did you mean '$or'?")]
    [InlineData("""{"$where":"1"}""", "p.$where", "is not an operator")]
    [InlineData("""{"$not":{"rating":1}}""", "p.$not", "needs a field around it")]
    [InlineData("""{"$gt":1}""", "p.$gt", "needs a field around it")]
    [InlineData("""{"$or":[{"$gt":1}]}""", "p.$or[0].$gt", "needs a field around it")]
    [InlineData("""{"$and":[]}""", "p.$and", "at least one")]
    [InlineData("""{"$or":[]}""", "p.$or", "at least one")]
    [InlineData("""{"$nor":{}}""", "p.$nor", "at least one")]
    [InlineData("""{"$or":[{"rating":1},2]}""", "p.$or[1]", "object of conditions")]
    [InlineData("""{"rating":{}}""", "p.rating", "at least one operator")]
    [InlineData("""{"rating":{"$not":{}}}""", "p.rating.$not", "at least one operator")]
    [InlineData("""{"rating":{"$not":4}}""", "p.rating.$not", "object of operators")]
    [InlineData("""{"leadIds":{"$elemMatch":{}}}""", "p.leadIds.$elemMatch", "at least one operator")]
    [InlineData("""{"leadIds":{"$elemMatch":["a"]}}""", "p.leadIds.$elemMatch", "object of operators")]
    [InlineData("""{"leadIds":{"$elemMatch":{"$or":[{"$gt":"a"}]}}}""", "p.leadIds.$elemMatch.$or", "outside the field")]
    [InlineData("""{"leadIds":{"$elemMatch":{"a":1}}}""", "p.leadIds.$elemMatch.a", "is not an operator")]
    [InlineData("""{"leadIds":{"$elemMatch":{"$size":1}}}""", "p.leadIds.$elemMatch.$size", "needs a list")]
    [InlineData("""{"leadIds":{"$elemMatch":{"$eq":["a"]}}}""", "p.leadIds.$elemMatch.$eq", "must be a string")]
    [InlineData("""{"rating":{"$in":4}}""", "p.rating.$in", "must be an array")]
    [InlineData("""{"rating":{"$nin":null}}""", "p.rating.$nin", "must be an array")]
    [InlineData("""{"leadIds":{"$all":"a"}}""", "p.leadIds.$all", "must be an array")]
    [InlineData("""{"leadIds":{"$in":[["a"]]}}""", "p.leadIds.$in[0]", "array within a list")]
    [InlineData("""{"leadIds":[["a"]]}""", "p.leadIds[0]", "array within a list")]
    [InlineData("""{"rating":{"$in":[1,{}]}}""", "p.rating.$in[1]", "must be a whole number or null")]
    [InlineData("""{"rating":{"$exists":1}}""", "p.rating.$exists", "true or false")]
    [InlineData("""{"leadIds":{"$exists":"true"}}""", "p.leadIds.$exists", "true or false")]
    [InlineData("""{"rating":4.5}""", "p.rating", "must be a whole number or null")]
    [InlineData("""{"rating":1e-400}""", "p.rating", "must be a whole number or null")]
    [InlineData("""{"rating":"4"}""", "p.rating", "must be a whole number")]
    [InlineData("""{"rating":true}""", "p.rating", "must be a whole number")]
    [InlineData("""{"rating":[4]}""", "p.rating", "must be a whole number")]
    [InlineData("""{"rating":{"$gte":null}}""", "p.rating.$gte", "must be a whole number.")]
    [InlineData("""{"assignee":4}""", "p.assignee", "must be a string or null")]
    [InlineData("""{"assignee":{"$lt":null}}""", "p.assignee.$lt", "must be a string.")]
    [InlineData("""{"assignee":["amy"]}""", "p.assignee", "must be a string")]
    [InlineData("""{"repeated":"true"}""", "p.repeated", "must be true or false")]
    [InlineData("""{"dueDate":"tomorrow"}""", "p.dueDate", "RFC 3339")]
    [InlineData("""{"dueDate":{"$gt":20261201}}""", "p.dueDate.$gt", "RFC 3339")]
    [InlineData("""{"leadIds":{"$gt":["a"]}}""", "p.leadIds.$gt", "must be a string")]
    [InlineData("""{"leadIds":{"$gt":null}}""", "p.leadIds.$gt", "must be a string.")]
    [InlineData("""{"leadIds":4}""", "p.leadIds", "must be a string, an array of strings or null")]
    [InlineData("""{"leadIds":["a",null]}""", "p.leadIds[1]", "must be a string.")]
    [InlineData("""{"leadIds":{"$ne":["a",4]}}""", "p.leadIds.$ne[1]", "must be a string")]
    [InlineData("""{"leadIds":{"$size":-1}}""", "p.leadIds.$size", "from 0 on")]
    [InlineData("""{"leadIds":{"$size":1.5}}""", "p.leadIds.$size", "from 0 on")]
    [InlineData("""{"leadIds":{"$size":"1"}}""", "p.leadIds.$size", "from 0 on")]
    [InlineData("""{"rating":{"$size":1}}""", "p.rating.$size", "needs a list")]
    [InlineData("""{"rating":{"$all":[1]}}""", "p.rating.$all", "needs a list")]
    [InlineData("""{"assignee":{"$elemMatch":{"$eq":"a"}}}""", "p.assignee.$elemMatch", "needs a list")]
    public void A_fault_has_its_place(string p, string key, string message)
    {
        var (at, messages) = Assert.Single(FaultsOf("p", p));
        Assert.Equal(key, at);
        Assert.Contains(message, Assert.Single(messages), StringComparison.Ordinal);
    }

    [Fact]
    public void Every_fault_is_found_under_the_name_that_the_client_wrote()
    {
        var errors = FaultsOf("P", """{"$or":[{"rating":{"$gte":"x","$foo":1}},{"ratin":1}],"$and":[],"leadIds":{"$in":[1,"a",2]}}""");
        Assert.Equal(
            ["P.$or[0].rating.$foo", "P.$and", "P.$or[0].rating.$gte", "P.$or[1].ratin", "P.leadIds.$in[0]", "P.leadIds.$in[2]"],
            errors.Select(error => error.Key));
    }

    [Fact]
    public void Limits_are_stated_and_kept()
    {
        string Nested(string op, int depth) => depth == 0 ? """{"rating":1}""" : $$"""{"{{op}}":[{{Nested(op, depth - 1)}}]}""";
        string Negated(int depth) => depth == 0 ? """{"$gt":1}""" : $$"""{"$not":{{Negated(depth - 1)}} }""";
        string Many(int conditions) => $$"""{"$and":[{{string.Join(',', Enumerable.Repeat("""{"rating":1}""", conditions))}}]}""";
        string Listed(int values) => $$$"""{"rating":{"$in":[{{{string.Join(',', Enumerable.Repeat("1", values))}}}]}}""";

        Assert.Empty(FaultsOf("p", Nested("$or", 8)));
        Assert.Contains("8 deep", Message(Nested("$or", 9), "p" + string.Concat(Enumerable.Repeat(".$or[0]", 8)) + ".$or"), StringComparison.Ordinal);
        Assert.Empty(FaultsOf("p", Nested("$or", 8).Replace("1", Negated(9), StringComparison.Ordinal)));
        Assert.Empty(FaultsOf("p", Many(100)));
        Assert.Contains("there may be 100", Message(Many(102), "p.$and[100].rating"), StringComparison.Ordinal);
        Assert.Empty(FaultsOf("p", Listed(1_000)));
        Assert.Contains("more than 1,000 values", Message(Listed(1_001), "p.rating.$in"), StringComparison.Ordinal);
        Assert.Empty(FaultsOf("p", $$"""{"notes":"{{new string('é', (8_192 - 12) / 2)}}"}"""));
        Assert.Contains("8,192 bytes, but has 8,194", Message($$"""{"notes":"{{new string('é', (8_192 - 10) / 2)}}"}""", "p"), StringComparison.Ordinal);
        Assert.Contains("nest at most 64 deep", Message(new string('[', 4_000), "p"), StringComparison.Ordinal);
        Assert.Contains("surrogate", Message("{\"a\uD800\":1}", "p"), StringComparison.Ordinal);
    }

    private static string Message(string p, string key)
    {
        var (at, messages) = Assert.Single(FaultsOf("p", p));
        Assert.Equal(key, at);
        return Assert.Single(messages);
    }

    private static ValidationErrors FaultsOf(string name, string p)
    {
        var errors = new ValidationErrors();
        if (MongoFilterParser.Parse(new QueryParameter(name, p), errors) is { } filter)
            FilterPlanner.Plan([filter], errors);
        return errors;
    }
}
