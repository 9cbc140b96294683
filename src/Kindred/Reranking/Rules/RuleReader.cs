using System.Text;
using System.Text.Json;
using Kindred.Storage;

namespace Kindred.Reranking.Rules;

/// <summary>Reads rules written as JSON: an array of objects with name, when, then, from and to.</summary>
internal static class RuleReader
{
    private static readonly string[] Names = ["name", "when", "then", "from", "to"];

    private static readonly JsonDocumentOptions Options = new() { AllowTrailingCommas = true, CommentHandling = JsonCommentHandling.Skip };

    /// <exception cref="InputException">Not JSON, or not rules.</exception>
    public static List<Rule> Read(string json)
    {
        TextFile.CheckLength("The rules' text", json.Length);
        using var document = Open(json);
        if (document.RootElement.ValueKind != JsonValueKind.Array)
            throw new InputException("Rules must be a JSON array of objects, as in [{\"name\": …, \"then\": …}].");
        RuleSet.CheckCount(document.RootElement.GetArrayLength());
        var rules = new List<Rule>();
        var names = new HashSet<string>(StringComparer.Ordinal);
        foreach (var element in document.RootElement.EnumerateArray())
        {
            var rule = RuleOf(element, rules.Count + 1);
            if (!names.Add(rule.Name))
                throw new InputException($"There are two rules '{rule.Name}'; give each its own name.");
            rules.Add(rule);
        }
        return rules;
    }

    // A text that is no Unicode becomes one first, so that no other exception than those of JSON is left.
    private static JsonDocument Open(string json)
    {
        try
        {
            return JsonDocument.Parse(Encoding.UTF8.GetBytes(json), Options);
        }
        catch (JsonException error)
        {
            string place = $"line {error.LineNumber + 1}, column {error.BytePositionInLine + 1}";
            throw new InputException($"The rules are no JSON, {place}: look for a comma, quote or bracket there.", error);
        }
    }

    private static Rule RuleOf(JsonElement element, int number)
    {
        if (element.ValueKind != JsonValueKind.Object)
            throw new InputException($"Rule {number} must be an object, as in {{\"name\": …, \"when\": …, \"then\": …}}.");
        var texts = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var property in element.EnumerateObject())
        {
            string name = TextOf(() => property.Name, number);
            if (!Names.Contains(name))
                throw new InputException($"Rule {number} has '{name}', which no rule has; {Spelling.All(Names)}.");
            if (property.Value.ValueKind != JsonValueKind.String)
                throw new InputException($"Rule {number}: {name} must be a text in quotes.");
            if (!texts.TryAdd(name, TextOf(() => property.Value.GetString()!, number)))
                throw new InputException($"Rule {number} has two {name}; leave out one.");
        }
        string own = texts.GetValueOrDefault("name", "");
        if (string.IsNullOrWhiteSpace(own)) throw new InputException($"Rule {number} has no name; add one, for messages and reports.");
        if (!texts.TryGetValue("then", out string? then))
            throw new InputException($"Rule '{own}' does nothing; add \"then\": filter, boost x1.5, bury x0.5, pin at 3 or cap 2.");
        return new(own, texts.GetValueOrDefault("when", "true"), RuleAction.Parse(own, then),
            Schedule.Parse(own, texts.GetValueOrDefault("from"), texts.GetValueOrDefault("to")));
    }

    // Half of a character, written as an escape, is JSON but no text.
    private static string TextOf(Func<string> read, int number)
    {
        try
        {
            return read();
        }
        catch (InvalidOperationException error)
        {
            throw new InputException($"Rule {number} has a text with half of a character; look for a lone \\ud8 to \\udf.", error);
        }
    }
}
