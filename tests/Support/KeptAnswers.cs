using System.Globalization;
using System.Text.Json.Nodes;
using Kindred.Data;
using Kindred.Models;
using Kindred.Pipelines;

namespace Kindred.Tests.Support;

/// <summary>
/// What was answered when a committed fixture was written, in a JSON file beside it. Fixtures are written once, never again: whatever
/// version this is, it reads them and answers alike. Numbers may differ as rounding does, which vectors of another width make.
/// </summary>
/// <param name="folder">From the repository's root.</param>
internal sealed class KeptAnswers(string folder, string file)
{
    private readonly JsonObject _all = JsonNode.Parse(System.IO.File.ReadAllText(Path.Combine(RealData.Root, folder, file)))!.AsObject();

    /// <summary>The fixtures in the folder.</summary>
    public IEnumerable<string> Names => _all.Select(fixture => fixture.Key);

    /// <summary>The path of a fixture.</summary>
    public string PathOf(string name) => Path.Combine(RealData.Root, folder, name);

    /// <summary>
    /// The queries that fixtures are asked, by the names that the files give them: on the data of the fixture <c>Data/format-1</c>.
    /// </summary>
    public static IEnumerable<(string Name, Query Query)> QueriesOf(Interactions data) =>
    [
        ("u1", Query.Of(data, 0)), ("u6", Query.Of(data, 5)), ("u12", Query.Of(data, 11)),
        ("i2 i5", new(-1, new[] { 1, 4 })), ("nobody", new(-1, default)),
    ];

    /// <summary>Compares word by word.</summary>
    public void Check(string name, string query, string answer)
    {
        string expected = (string)_all[name]![query]!;
        string[] before = expected.Split(' '), now = answer.Split(' ');
        bool isAlike = before.Length == now.Length && before.Zip(now).All(words => IsAlike(words.First, words.Second));
        Assert.True(isAlike, $"{folder}, {name}, {query}: expected {expected}, got {answer}.");
    }

    public void Check(string name, string query, ReadOnlySpan<float> scores) =>
        Check(name, query, string.Join(' ', scores.ToArray().Select(score => score.ToString("R", CultureInfo.InvariantCulture))));

    public void Check(string name, string query, Vocabulary items, IEnumerable<Candidate> list) => Check(
        name, query,
        string.Join(' ', list.Select(c => string.Create(CultureInfo.InvariantCulture, $"{items.Id(c.Item)} {c.Source} {c.Score:R}"))));

    private static bool IsAlike(string before, string now) => before == now
        || (TryRead(before, out float x) && TryRead(now, out float y) && Math.Abs(x - y) <= 1e-4f * Math.Max(1, Math.Abs(x)));

    private static bool TryRead(string word, out float value) => float.TryParse(word, CultureInfo.InvariantCulture, out value);
}
