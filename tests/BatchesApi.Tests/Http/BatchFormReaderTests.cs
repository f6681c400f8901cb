using BatchesApi.Domain;
using BatchesApi.Http;

namespace BatchesApi.Tests.Http;

public sealed class BatchFormReaderTests
{
    /// <summary>The form lines of the reference's create example, as curl joins them.</summary>
    private const string Reference =
        "batchCode=\"string\"&batchType=\"string\"&manager=\"string\"&assignee=\"string\"&dueDate=\"2026-12-01\"&repeated=\"true\""
        + "&summary=\"string\"&notes=\"string\"&leadIds=\"array\"&opportunityIds=\"array\"&rating=\"4\"";

    private const string ReferenceRead =
        """{"batchCode":"string","batchType":"string","manager":"string","assignee":"string","dueDate":"2026-12-01T00:00:00Z","repeated":"""
        + """true,"summary":"string","notes":"string","leadIds":["array"],"opportunityIds":["array"],"rating":4}""";

    [Theory]

    // Text: a JSON string or null is decoded, any other text is the value.
    [InlineData("batchCode=B-1", """{"batchCode":"B-1"}""")]
    [InlineData("batchCode=\"B-1\"", """{"batchCode":"B-1"}""")]
    [InlineData("batchCode=123", """{"batchCode":"123"}""")]
    [InlineData("batchCode=true", """{"batchCode":"true"}""")]
    [InlineData("manager=[1]", """{"manager":"[1]"}""")]
    [InlineData("manager={}", """{"manager":"{}"}""")]
    [InlineData("manager=null", """{"manager":null}""")]
    [InlineData("manager=\"null\"", """{"manager":"null"}""")]
    [InlineData("manager=NULL", """{"manager":"NULL"}""")]
    [InlineData("manager=", """{"manager":""}""")]
    [InlineData("manager", """{"manager":""}""")]
    [InlineData("manager=\"\"", """{"manager":""}""")]
    [InlineData("manager=\"", """{"manager":"\""}""")]
    [InlineData("manager=\"a", """{"manager":"\"a"}""")]
    [InlineData("manager=\"a\" and \"b\"", """{"manager":"\"a\" and \"b\""}""")]
    [InlineData("manager=\"\\u00e9\\n\"", """{"manager":"é\n"}""")]
    [InlineData("manager=\\u00e9", """{"manager":"\\u00e9"}""")]
    [InlineData("manager=a+b%2Bc", """{"manager":"a b+c"}""")]
    [InlineData("manager=Zo%C3%AB", """{"manager":"Zoë"}""")]

    // Instants, quoted or not. The plus sign of an offset is decoded as a space.
    [InlineData("dueDate=2026-12-01", """{"dueDate":"2026-12-01T00:00:00Z"}""")]
    [InlineData("dueDate=\"2026-12-01\"", """{"dueDate":"2026-12-01T00:00:00Z"}""")]
    [InlineData("dueDate=2026-12-01T09:30:00+02:00", """{"dueDate":"2026-12-01T07:30:00Z"}""")]
    [InlineData("dueDate=2026-12-01T09:30:00%2B02:00", """{"dueDate":"2026-12-01T07:30:00Z"}""")]
    [InlineData("dueDate=null", """{"dueDate":null}""")]

    // Booleans and integers: JSON, which may be quoted because forms are text.
    [InlineData("repeated=true", """{"repeated":true}""")]
    [InlineData("repeated=\"true\"", """{"repeated":true}""")]
    [InlineData("repeated=\"false\"", """{"repeated":false}""")]
    [InlineData("repeated=null", """{"repeated":false}""")]
    [InlineData("rating=4", """{"rating":4}""")]
    [InlineData("rating=\"4\"", """{"rating":4}""")]
    [InlineData("rating=4.0", """{"rating":4}""")]
    [InlineData("rating=\"4e0\"", """{"rating":4}""")]
    [InlineData("rating=-0", """{"rating":0}""")]
    [InlineData("rating=null", """{"rating":null}""")]

    // Lists: JSON, or the name repeated or given once, with or without [].
    [InlineData("leadIds=[\"a\",\"b\"]", """{"leadIds":["a","b"]}""")]
    [InlineData("leadIds[]=[\"a\",\"b\"]", """{"leadIds":["a","b"]}""")]
    [InlineData("leadIds=[]", """{"leadIds":[]}""")]
    [InlineData("leadIds=null", """{"leadIds":[]}""")]
    [InlineData("leadIds=a&leadIds=b", """{"leadIds":["a","b"]}""")]
    [InlineData("leadIds[]=b&leadIds[]=a&leadIds[]=b", """{"leadIds":["b","a","b"]}""")]
    [InlineData("leadIds%5B%5D=a&leadIds[]=b", """{"leadIds":["a","b"]}""")]
    [InlineData("leadIds=a&leadIds[]=b", """{"leadIds":["a","b"]}""")]
    [InlineData("leadIds=a&rating=4&leadIds=b", """{"leadIds":["a","b"],"rating":4}""")]
    [InlineData("leadIds=a", """{"leadIds":["a"]}""")]
    [InlineData("leadIds[]=a", """{"leadIds":["a"]}""")]
    [InlineData("leadIds=\"a\"", """{"leadIds":["a"]}""")]
    [InlineData("leadIds=\"a\"&leadIds=\"[\"", """{"leadIds":["a","["]}""")]
    [InlineData("leadIds=123", """{"leadIds":["123"]}""")]
    [InlineData("leadIds[0]=a&leadIds[1]=b", """{"leadIds":["a","b"]}""")]
    [InlineData("leadIds%5B10%5D=c&leadIds%5B2%5D=b&leadIds[0]=a", """{"leadIds":["a","b","c"]}""")]
    [InlineData("leadIds[0]=[\"a\",\"b\"]", """{"leadIds":["a","b"]}""")]
    [InlineData("leadIds=a,b", """{"leadIds":["a,b"]}""")]

    // Quotes that '&' does not cut off.
    [InlineData("manager=\"a&rating=4", """{"manager":"\"a","rating":4}""")]
    [InlineData("manager=\"a&notes=\"b\"", """{"manager":"\"a","notes":"b"}""")]
    [InlineData("manager=%22a&notes=5\"", """{"manager":"\"a","notes":"5\""}""")]
    [InlineData("manager=\"a%26b\"", """{"manager":"a&b"}""")]

    // White space around the form, and fields of Mongoose.
    [InlineData(" \r\n\trating=4", """{"rating":4}""")]
    [InlineData("\uFEFFrating=4", """{"rating":4}""")]
    [InlineData("batchCode=B-1\r\n", """{"batchCode":"B-1"}""")]
    [InlineData("_id=1&__v=0&_id=2&rating=4", """{"rating":4}""")]

    // No field.
    [InlineData("", "{}")]
    [InlineData("&", "{}")]
    public void A_value_is_parsed_by_the_type_of_its_field(string body, string expected) =>
        Assert.Equal(expected, ReadBody.Form(body).Outcome);

    [Theory]
    [InlineData("dueDate=", "dueDate")]
    [InlineData("dueDate=soon", "dueDate")]
    [InlineData("dueDate=\"string\"", "dueDate")]
    [InlineData("dueDate=2026-12-01&dueDate=2026-12-02", "dueDate")]
    [InlineData("repeated=", "repeated")]
    [InlineData("repeated=True", "repeated")]
    [InlineData("repeated=1", "repeated")]
    [InlineData("repeated=\"1\"", "repeated")]
    [InlineData("repeated=yes", "repeated")]
    [InlineData("repeated=\"boolean\"", "repeated")]
    [InlineData("repeated=true&repeated=true", "repeated")]
    [InlineData("rating=", "rating")]
    [InlineData("rating=\"\"", "rating")]
    [InlineData("rating=4.5", "rating")]
    [InlineData("rating=\"4.5\"", "rating")]
    [InlineData("rating=1e400", "rating")]
    [InlineData("rating=04", "rating")]
    [InlineData("rating=four", "rating")]
    [InlineData("rating=\"integer\"", "rating")]
    [InlineData("rating=\"\\\"4\\\"\"", "rating")]
    [InlineData("rating=true", "rating")]
    [InlineData("rating=[4]", "rating")]
    [InlineData("rating=4&rating=5", "rating")]
    [InlineData("batchCode=a&batchCode=a", "batchCode")]
    [InlineData("batchCode[]=a", "batchCode[]")]
    [InlineData("batchCode[0]=a", "batchCode[0]")]
    [InlineData("leadIds[x]=a", "leadIds[x]")]
    [InlineData("leadIds[0][id]=a", "leadIds[0][id]")]
    [InlineData("leadIds[0]=a&leadIds[1]=", "leadIds")]
    [InlineData("leadIds[0]=%FF", "leadIds")]
    [InlineData("manager =a", "manager ")]
    [InlineData("manager=%00", "manager")]
    [InlineData("manager=\"\\u0000\"", "manager")]
    [InlineData("manager=\"\\ud800\"", "manager")]
    [InlineData("manager=%FF", "manager")]
    [InlineData("manager=%ED%A0%80", "manager")]
    [InlineData("leadIds=[", "leadIds")]
    [InlineData("leadIds=[a]", "leadIds")]
    [InlineData("leadIds=['a']", "leadIds")]
    [InlineData("leadIds=[1]", "leadIds")]
    [InlineData("leadIds=[null]", "leadIds")]
    [InlineData("leadIds[]=[1]", "leadIds[]")]
    [InlineData("leadIds=[\"\\u0000\"]", "leadIds")]
    [InlineData("batchCode=null", "batchCode")]
    [InlineData("repeated=on", "repeated")]
    [InlineData("rating=5 stars", "rating")]
    [InlineData("leadIds=", "leadIds")]
    [InlineData("leadIds=[\"a\",", "leadIds")]
    [InlineData("leadIds= [a", "leadIds")]
    [InlineData("leadIds={\"0\":\"a\"}", "leadIds")]
    [InlineData("leadIds={", "leadIds")]
    [InlineData("leadIds[]={a}", "leadIds[]")]
    [InlineData("leadIds=[\"a\"]&leadIds=[\"b\"]", "leadIds")]
    [InlineData("leadIds=a&leadIds= [b", "leadIds")]
    [InlineData("leadIds=a&leadIds={b", "leadIds")]
    [InlineData("leadIds=a&leadIds=null", "leadIds")]
    [InlineData("leadIds=a&leadIds=%00", "leadIds")]
    [InlineData("leadIds=a&leadIds=%FF", "leadIds")]
    [InlineData("leadIds=\"\\udc00\"", "leadIds")]
    public void A_value_of_another_type_is_an_error_under_the_name_that_the_client_sent(string body, string name)
    {
        var read = ReadBody.Form(body);

        Assert.Null(read.Malformed);
        Assert.Equal([name], read.Errors.Names());
    }

    [Fact]
    public void Form_lines_of_the_reference_can_be_read() => Assert.Equal(ReferenceRead, ReadBody.Form(Reference).Outcome);

    [Fact]
    public void Form_lines_of_the_reference_labelled_as_JSON_can_be_read() =>
        Assert.Equal(ReferenceRead, ReadBody.Json(Reference).Outcome);

    [Theory]
    [InlineData("rating=4", """{"rating":4}""")]
    [InlineData("batchCode=", """{"batchCode":""}""")]
    [InlineData("\uFEFFrating=4", """{"rating":4}""")]
    [InlineData("leadIds[]=a&leadIds[]=b", """{"leadIds":["a","b"]}""")]
    [InlineData("id=1&rating=4", """{"rating":4}""")]
    [InlineData("&rating=4", """{"rating":4}""")]
    [InlineData("%72ating=4", """{"rating":4}""")]
    [InlineData("rating=4&colour=red", "errors: colour")]
    [InlineData("rating=four", "errors: rating")]
    [InlineData("rating=4&manager=%FF", "errors: manager")]
    [InlineData("_id=3&rating=2", """{"rating":2}""")]
    [InlineData("__v=3&rating=2", """{"rating":2}""")]
    [InlineData("leadIds[0]=a", """{"leadIds":["a"]}""")]
    [InlineData("batchCode = \"x\" & batchType = \"t\"", "errors: batchCode   batchType ")]
    [InlineData("colour=red&rating=4", "malformed")]
    [InlineData("Rating=4", "malformed")]
    [InlineData("rating", "malformed")]
    [InlineData(" rating=4", """{"rating":4}""")]
    [InlineData("\r\n\t\uFEFFrating=4\n", """{"rating":4}""")]
    [InlineData(" colour=red", "malformed")]
    [InlineData("\"rating\"=4", "malformed")]
    [InlineData("=4&rating=4", "malformed")]
    [InlineData("""{"notes":"=4",}""", "malformed")]
    public void A_body_labelled_as_JSON_is_a_form_if_its_first_name_is_a_field(string body, string expected) =>
        Assert.Equal(expected, ReadBody.Json(body).Outcome);

    [Fact]
    public void A_form_labelled_as_JSON_may_have_a_value_that_is_not_UTF8() => Assert.Equal(
        "errors: manager", ReadBody.FromBytes([.. "rating=4&manager="u8, 0xE9], BodyFormat.Json).Outcome);

    [Theory]
    [InlineData("""{"rating":4}""", """{"rating":4}""")]
    [InlineData("""{"rating":4""", "malformed")]
    [InlineData("""[{"rating":4}]""", "malformed")]
    [InlineData(""" "{\"rating\":4}" """, "malformed")]
    public void JSON_labelled_as_a_form_is_read_as_JSON(string body, string expected) =>
        Assert.Equal(expected, ReadBody.Form(body).Outcome);

    [Theory]
    [InlineData("leadIds=[\"a\",", "leadIds must be a JSON array of strings, such as [\"a\",\"b\"], or the items one by one under the same "
        + "name.")]
    [InlineData("leadIds=", "leadIds item 0 must not be empty. Send leadIds=[] for an empty list.")]
    [InlineData("leadIds=a&leadIds={b", "leadIds item 1 must be an id. Send one JSON array, or one id under each name, in double quotes "
        + "if it begins with '[' or '{'.")]
    [InlineData("leadIds=a&leadIds=null", "leadIds item 1 must be a string, but is null.")]
    [InlineData("rating=", "rating must be a whole number from 0 to 5 or null, but is empty. Send rating=null for no value.")]
    [InlineData("rating=5 stars", "rating must be a whole number from 0 to 5 or null, but is '5 stars'.")]
    [InlineData("repeated=yes", "repeated must be true, false or null, but is 'yes'. Send true.")]
    [InlineData("repeated=\"0\"", "repeated must be true, false or null, but is 0. Send false.")]
    [InlineData("repeated=maybe", "repeated must be true, false or null, but is 'maybe'.")]
    [InlineData("dueDate=", "dueDate must be an RFC 3339 date or date-time in the years 1 to 9999, such as 2026-12-01 or "
        + "2026-12-01T09:30:00Z, but is empty. Send dueDate=null for no value.")]
    [InlineData("batchCode=null", "batchCode is required and cannot be null.")]
    [InlineData("manager = a", "manager  has a space before or after it. Remove the spaces around '=' and '&'.")]
    [InlineData("leadIds[0]=a&leadIds[1]=", "leadIds item 1 must not be empty. Send leadIds=[] for an empty list.")]
    [InlineData("manager=\"R&rating=\"4\"&notes=\"D&summary=x\"",
        "notes is cut off at '&'. Encode it as %26, or send the form with curl --data-urlencode.")]
    [InlineData("manager=\"R&D\"",
        "manager is cut off at '&'. Encode it as %26, or send the form with curl --data-urlencode.",
        "D\" is not a field of a batch.")]
    public void Errors_of_form_values_contain_what_to_send(string body, params string[] errors) =>
        Assert.Equal(errors, ReadBody.Form(body).Errors.Lines());

    [Fact]
    public void Server_managed_fields_are_ignored() => Assert.Equal(
        """{"rating":4}""", ReadBody.Form("id=1&id=2&version=x&rating=4&createdAt=&deletedAt=%00").Outcome);

    [Fact]
    public void Unknown_fields_are_errors_with_the_nearest_writable_name() => Assert.Equal(
        [
            "Rating is not a field of a batch. Did you mean 'rating'?",
            "leadId[] is not a field of a batch. Did you mean 'leadIds'?",
            "\uFFFD is not a field of a batch.",
            "colour is not a field of a batch.",
        ],
        ReadBody.Form("Rating=4&leadId[]=a&%FF=1&colour").Errors.Lines());

    [Fact]
    public void Unknown_fields_are_ignored_by_a_lenient_reader() => Assert.Equal(
        """{"rating":4}""", ReadBody.Form("Rating=5&leadId[]=a&%FF=1&colour=%FF&rating=4", strict: false).Outcome);

    [Fact]
    public void All_errors_are_reported_together() => Assert.Equal(
        ["colour", "notes", "rating", "repeated", "leadIds[]", "batchCode"],
        ReadBody.Form("rating=x&colour=red&repeated=maybe&leadIds[]=[1]&batchCode=a&batchCode=b&notes=%FF").Errors.Names());

    [Fact]
    public void A_patch_keeps_the_names_that_the_client_sent()
    {
        var (patch, _, _) = ReadBody.Form("leadIds[]=a&opportunityIds=b&rating=4");

        Assert.Equal("leadIds[]", patch.GetName(BatchFields.LeadIds));
        Assert.Equal("opportunityIds", patch.GetName(BatchFields.OpportunityIds));
        Assert.Equal("notes", patch.GetName(BatchFields.Notes));
    }
}
