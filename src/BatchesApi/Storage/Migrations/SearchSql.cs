namespace BatchesApi.Storage.Migrations;

/// <summary>The SQL of <c>search_normalize</c>, <c>search_substring</c> and <c>search_like_pattern</c>; see <see cref="SearchFunctions"/>.
/// Frozen once released: a change to one needs a new name and a migration that rewrites the folded text. The sets of characters are contents of bracket
/// expressions.</summary>
internal static class SearchSql
{
    /// <summary>The characters of the category M (mark), as PostgreSQL writes them in a bracket expression.</summary>
    internal const string Marks =
        @"\u0300-\u036F\u0483-\u0489\u0591-\u05BD\u05BF\u05C1\u05C2\u05C4\u05C5\u05C7\u0610-\u061A\u064B-\u065F\u0670" +
        @"\u06D6-\u06DC\u06DF-\u06E4\u06E7\u06E8\u06EA-\u06ED\u0711\u0730-\u074A\u07A6-\u07B0\u07EB-\u07F3\u07FD\u0816-\u0819" +
        @"\u081B-\u0823\u0825-\u0827\u0829-\u082D\u0859-\u085B\u0897-\u089F\u08CA-\u08E1\u08E3-\u0903\u093A-\u093C" +
        @"\u093E-\u094F\u0951-\u0957\u0962\u0963\u0981-\u0983\u09BC\u09BE-\u09C4\u09C7\u09C8\u09CB-\u09CD\u09D7\u09E2\u09E3" +
        @"\u09FE\u0A01-\u0A03\u0A3C\u0A3E-\u0A42\u0A47\u0A48\u0A4B-\u0A4D\u0A51\u0A70\u0A71\u0A75\u0A81-\u0A83\u0ABC" +
        @"\u0ABE-\u0AC5\u0AC7-\u0AC9\u0ACB-\u0ACD\u0AE2\u0AE3\u0AFA-\u0AFF\u0B01-\u0B03\u0B3C\u0B3E-\u0B44\u0B47\u0B48" +
        @"\u0B4B-\u0B4D\u0B55-\u0B57\u0B62\u0B63\u0B82\u0BBE-\u0BC2\u0BC6-\u0BC8\u0BCA-\u0BCD\u0BD7\u0C00-\u0C04\u0C3C" +
        @"\u0C3E-\u0C44\u0C46-\u0C48\u0C4A-\u0C4D\u0C55\u0C56\u0C62\u0C63\u0C81-\u0C83\u0CBC\u0CBE-\u0CC4\u0CC6-\u0CC8" +
        @"\u0CCA-\u0CCD\u0CD5\u0CD6\u0CE2\u0CE3\u0CF3\u0D00-\u0D03\u0D3B\u0D3C\u0D3E-\u0D44\u0D46-\u0D48\u0D4A-\u0D4D\u0D57" +
        @"\u0D62\u0D63\u0D81-\u0D83\u0DCA\u0DCF-\u0DD4\u0DD6\u0DD8-\u0DDF\u0DF2\u0DF3\u0E31\u0E34-\u0E3A\u0E47-\u0E4E\u0EB1" +
        @"\u0EB4-\u0EBC\u0EC8-\u0ECE\u0F18\u0F19\u0F35\u0F37\u0F39\u0F3E\u0F3F\u0F71-\u0F84\u0F86\u0F87\u0F8D-\u0F97" +
        @"\u0F99-\u0FBC\u0FC6\u102B-\u103E\u1056-\u1059\u105E-\u1060\u1062-\u1064\u1067-\u106D\u1071-\u1074\u1082-\u108D" +
        @"\u108F\u109A-\u109D\u135D-\u135F\u1712-\u1715\u1732-\u1734\u1752\u1753\u1772\u1773\u17B4-\u17D3\u17DD\u180B-\u180D" +
        @"\u180F\u1885\u1886\u18A9\u1920-\u192B\u1930-\u193B\u1A17-\u1A1B\u1A55-\u1A5E\u1A60-\u1A7C\u1A7F\u1AB0-\u1ACE" +
        @"\u1B00-\u1B04\u1B34-\u1B44\u1B6B-\u1B73\u1B80-\u1B82\u1BA1-\u1BAD\u1BE6-\u1BF3\u1C24-\u1C37\u1CD0-\u1CD2" +
        @"\u1CD4-\u1CE8\u1CED\u1CF4\u1CF7-\u1CF9\u1DC0-\u1DFF\u20D0-\u20F0\u2CEF-\u2CF1\u2D7F\u2DE0-\u2DFF\u302A-\u302F\u3099" +
        @"\u309A\uA66F-\uA672\uA674-\uA67D\uA69E\uA69F\uA6F0\uA6F1\uA802\uA806\uA80B\uA823-\uA827\uA82C\uA880\uA881" +
        @"\uA8B4-\uA8C5\uA8E0-\uA8F1\uA8FF\uA926-\uA92D\uA947-\uA953\uA980-\uA983\uA9B3-\uA9C0\uA9E5\uAA29-\uAA36\uAA43\uAA4C" +
        @"\uAA4D\uAA7B-\uAA7D\uAAB0\uAAB2-\uAAB4\uAAB7\uAAB8\uAABE\uAABF\uAAC1\uAAEB-\uAAEF\uAAF5\uAAF6\uABE3-\uABEA\uABEC" +
        @"\uABED\uFB1E\uFE00-\uFE0F\uFE20-\uFE2F\U000101FD\U000102E0\U00010376-\U0001037A\U00010A01-\U00010A03\U00010A05" +
        @"\U00010A06\U00010A0C-\U00010A0F\U00010A38-\U00010A3A\U00010A3F\U00010AE5\U00010AE6\U00010D24-\U00010D27" +
        @"\U00010D69-\U00010D6D\U00010EAB\U00010EAC\U00010EFC-\U00010EFF\U00010F46-\U00010F50\U00010F82-\U00010F85" +
        @"\U00011000-\U00011002\U00011038-\U00011046\U00011070\U00011073\U00011074\U0001107F-\U00011082\U000110B0-\U000110BA" +
        @"\U000110C2\U00011100-\U00011102\U00011127-\U00011134\U00011145\U00011146\U00011173\U00011180-\U00011182" +
        @"\U000111B3-\U000111C0\U000111C9-\U000111CC\U000111CE\U000111CF\U0001122C-\U00011237\U0001123E\U00011241" +
        @"\U000112DF-\U000112EA\U00011300-\U00011303\U0001133B\U0001133C\U0001133E-\U00011344\U00011347\U00011348" +
        @"\U0001134B-\U0001134D\U00011357\U00011362\U00011363\U00011366-\U0001136C\U00011370-\U00011374\U000113B8-\U000113C0" +
        @"\U000113C2\U000113C5\U000113C7-\U000113CA\U000113CC-\U000113D0\U000113D2\U000113E1\U000113E2\U00011435-\U00011446" +
        @"\U0001145E\U000114B0-\U000114C3\U000115AF-\U000115B5\U000115B8-\U000115C0\U000115DC\U000115DD\U00011630-\U00011640" +
        @"\U000116AB-\U000116B7\U0001171D-\U0001172B\U0001182C-\U0001183A\U00011930-\U00011935\U00011937\U00011938" +
        @"\U0001193B-\U0001193E\U00011940\U00011942\U00011943\U000119D1-\U000119D7\U000119DA-\U000119E0\U000119E4" +
        @"\U00011A01-\U00011A0A\U00011A33-\U00011A39\U00011A3B-\U00011A3E\U00011A47\U00011A51-\U00011A5B\U00011A8A-\U00011A99" +
        @"\U00011C2F-\U00011C36\U00011C38-\U00011C3F\U00011C92-\U00011CA7\U00011CA9-\U00011CB6\U00011D31-\U00011D36\U00011D3A" +
        @"\U00011D3C\U00011D3D\U00011D3F-\U00011D45\U00011D47\U00011D8A-\U00011D8E\U00011D90\U00011D91\U00011D93-\U00011D97" +
        @"\U00011EF3-\U00011EF6\U00011F00\U00011F01\U00011F03\U00011F34-\U00011F3A\U00011F3E-\U00011F42\U00011F5A\U00013440" +
        @"\U00013447-\U00013455\U0001611E-\U0001612F\U00016AF0-\U00016AF4\U00016B30-\U00016B36\U00016F4F\U00016F51-\U00016F87" +
        @"\U00016F8F-\U00016F92\U00016FE4\U00016FF0\U00016FF1\U0001BC9D\U0001BC9E\U0001CF00-\U0001CF2D\U0001CF30-\U0001CF46" +
        @"\U0001D165-\U0001D169\U0001D16D-\U0001D172\U0001D17B-\U0001D182\U0001D185-\U0001D18B\U0001D1AA-\U0001D1AD" +
        @"\U0001D242-\U0001D244\U0001DA00-\U0001DA36\U0001DA3B-\U0001DA6C\U0001DA75\U0001DA84\U0001DA9B-\U0001DA9F" +
        @"\U0001DAA1-\U0001DAAF\U0001E000-\U0001E006\U0001E008-\U0001E018\U0001E01B-\U0001E021\U0001E023\U0001E024" +
        @"\U0001E026-\U0001E02A\U0001E08F\U0001E130-\U0001E136\U0001E2AE\U0001E2EC-\U0001E2EF\U0001E4EC-\U0001E4EF\U0001E5EE" +
        @"\U0001E5EF\U0001E8D0-\U0001E8D6\U0001E944-\U0001E94A\U000E0100-\U000E01EF";

    /// <summary>The white space that NFKD does not turn into a space, and the space.</summary>
    internal const string WhiteSpace = @"\t-\r \u0085\u1680\u2028\u2029";

    /// <summary>The invisible format characters: those of the category Cf that are also Default_Ignorable_Code_Point, such as the soft
    /// hyphen, the zero-width space and joiners, direction marks and the byte order mark (Unicode 16).</summary>
    private const string Invisible =
        @"\u00AD\u061C\u180E\u200B-\u200F\u202A-\u202E\u2060-\u2064\u2066-\u206F\uFEFF\U0001BCA0-\U0001BCA3\U0001D173-\U0001D17A" +
        @"\U000E0001\U000E0020-\U000E007F";

    /// <summary>The characters of scripts written without spaces: Thai, Lao, Myanmar, Khmer, Han, Hiragana and Katakana, with the signs that
    /// repeat or lengthen them. Those that NFKD replaces, such as the half-width forms, are left out. The last range is the two planes of
    /// Han extensions.</summary>
    private const string Unspaced =
        @"\u0E01-\u0E3A\u0E40-\u0E5B\u0E81-\u0EDF\u1000-\u109F\uA9E0-\uA9FE\uAA60-\uAA7F\U000116D0-\U000116E3\u1780-\u17F9\u19E0-\u19FF" +
        @"\u2E80-\u2EF3\u3005-\u3007\u3021-\u3029\u3031-\u3035\u3038-\u303C\u3041-\u309F\u30A1-\u30FA\u30FC-\u30FF\u31F0-\u31FF" +
        @"\u3400-\u4DBF\u4E00-\u9FFF\uF900-\uFAD9\U00016FE2\U00016FE3\U0001AFF0-\U0001B16F\U00020000-\U0003FFFF";

    /// <summary>Calls nothing outside <c>pg_catalog</c>, because <c>pg_restore</c> runs it with an empty <c>search_path</c>. In its result,
    /// each run of 2n or 2n + 1 spaces stands for n spaces of the text.</summary>
    internal const string Normalize =
        $$"""
        CREATE FUNCTION search_normalize(value text) RETURNS text LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $function$
        BEGIN
            -- Spaces go before each word: at the start, after each white space, and before each character of a script without spaces.
            IF octet_length(value) = length(value) THEN
                value := lower(value COLLATE "C");
                IF value ~ '[\t-\r]' THEN
                    RETURN ' ' || regexp_replace(value, '[\t-\r ]', '\& ', 'g');
                END IF;
                RETURN ' ' || replace(value, ' ', '  ');
            END IF;

            value := regexp_replace(normalize(value, NFKD), '[\u0640{{Invisible}}{{Marks}}]+', '', 'g');
            value := translate(lower(value COLLATE "und-x-icu"), U&'\03C2\0671', U&'\03C3\0627');
            IF value ~ '[\t-\r\u0085\u1680\u2028\u2029]' THEN
                value := ' ' || regexp_replace(value, '[{{WhiteSpace}}]', '\& ', 'g');
            ELSE
                value := ' ' || replace(value, ' ', '  ');
            END IF;
            IF value ~ '[{{Unspaced}}]' THEN
                value := regexp_replace(value, '(?<! )[{{Unspaced}}]', ' \&', 'g');
            END IF;
            RETURN value;
        END
        $function$
        """;

    internal const string Substring =
        $$"""
        CREATE FUNCTION search_substring(term text) RETURNS text LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $function$
        DECLARE
            folded text := search_normalize(term);
        BEGIN
            -- A term without characters matches nothing: folded text never contains this, and no trigram of it is in an index.
            IF folded = ' ' THEN
                RETURN U&'\00E9\00E9\00E9';
            END IF;

            -- The space before the first word remains before one or two characters, which are found only where a word begins, and before
            -- a character that always has one. With it they make a trigram.
            IF folded ~ '^ (?:[{{WhiteSpace}}] | ?[^{{WhiteSpace}}]){1,2}$' OR folded ~ '^ [{{Unspaced}}]' THEN
                RETURN folded;
            END IF;
            RETURN substr(folded, 2);
        END
        $function$
        """;

    internal const string LikePattern =
        """
        CREATE FUNCTION search_like_pattern(term text) RETURNS text LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $function$
        BEGIN
            RETURN '%' || replace(replace(replace(search_substring(term), '\', '\\'), '%', '\%'), '_', '\_') || '%';
        END
        $function$
        """;
}
