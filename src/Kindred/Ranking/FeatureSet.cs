using Kindred.Data;
using Kindred.Models;
using Kindred.Numerics;
using Kindred.Pipelines;

namespace Kindred.Ranking;

/// <summary>
/// What a ranker sees of a candidate: columns by name, computed by the same code when it is trained and when it is asked. Everything is as of the
/// last event of the data the set is bound to: bind it to what was known, and nothing of the future can be in a row. Immutable.
/// </summary>
/// <remarks>
/// | name | column |
/// | --- | --- |
/// | <c>score:SOURCE</c>, <c>rank:SOURCE</c> | what the source said of the item; NaN where it did not propose it |
/// | <c>sources</c> | how many sources proposed it |
/// | <c>item.events</c>, <c>item.events:DAYS</c> | events of the item, of the last days alone |
/// | <c>item.age</c> | days since the item was first seen |
/// | <c>item.NUMBER</c> | a number of the catalog |
/// | <c>user.events</c>, <c>user.idle</c> | events of the history; days since the last one |
/// | <c>match.LABELS</c> | share of the history's events whose item shares a label of that column |
/// Cost of a row: some nanoseconds a column; of <c>match</c> once for a request the history, then the item's labels.
/// </remarks>
public sealed class FeatureSet
{
    private const float Day = 86_400;

    private readonly Column[] _columns;

    /// <param name="names">As above; the order of the columns.</param>
    /// <param name="data">What is known: events, and attributes of items.</param>
    /// <param name="sources">Of the candidates that will come, in their order.</param>
    /// <exception cref="InputException">A name is none, or speaks of a source or attribute that is not there.</exception>
    public FeatureSet(IReadOnlyList<string> names, Interactions data, IReadOnlyList<string> sources)
    {
        if (names.Count == 0) throw new InputException("A ranker needs one feature at least.");
        Names = [.. names];
        if (Names.Distinct().Count() < Names.Count) throw new InputException($"The feature '{Names.GroupBy(n => n).First(g => g.Count() > 1).Key}' is named twice.");
        var events = new ItemEvents(data);
        _columns = [.. names.Select(name => ColumnOf(name, data, [.. sources], events))];
    }

    private delegate float Value(Candidates candidates, int place);

    private delegate Value Column(Query query);

    public IReadOnlyList<string> Names { get; }

    /// <returns>All features that data and sources have, a good start.</returns>
    public static IReadOnlyList<string> NamesFor(Interactions data, IReadOnlyList<string> sources)
    {
        List<string> names = ["sources", "item.events", "user.events"];
        foreach (string source in sources) names.AddRange([$"score:{source}", $"rank:{source}"]);
        if (data.Histories.HasTimes) names.AddRange(["item.events:7", "item.events:30", "item.age", "user.idle"]);
        names.AddRange(data.ItemAttributes.Numbers.Keys.Select(name => $"item.{name}"));
        names.AddRange(data.ItemAttributes.Labels.Keys.Select(name => $"match.{name}"));
        return names;
    }

    /// <param name="rows">[at least the candidates, features]; a row for each place, overwritten.</param>
    public void Write(in Query query, Candidates candidates, Matrix rows)
    {
        if (rows.Columns != Names.Count || rows.Rows < candidates.Count)
            throw new ArgumentException($"{candidates.Count} candidates have {Names.Count} features each, there is room for {rows.Rows} x {rows.Columns}.", nameof(rows));
        var values = rows.Values.Span;
        for (int column = 0; column < _columns.Length; column++)
        {
            var value = _columns[column](query);
            for (int place = 0; place < candidates.Count; place++) values[(place * rows.Columns) + column] = value(candidates, place);
        }
    }

    private static Column ColumnOf(string name, Interactions data, string[] sources, ItemEvents events)
    {
        string[] parts = name.Split(':', 2);
        string? option = parts.Length == 2 ? parts[1] : null;
        bool hasTimes = data.Histories.HasTimes;
        switch (parts[0])
        {
            case "score" or "rank" when option is not null:
                int source = Array.IndexOf(sources, option);
                if (source < 0) throw new InputException($"The feature '{name}' is of no source; there are {string.Join(", ", sources)}.");
                return parts[0] == "score"
                    ? _ => (candidates, place) => candidates.SourceScore(place, source)
                    : _ => (candidates, place) => candidates.RankIn(place, source) is > 0 and int rank ? rank : float.NaN;
            case "sources" when option is null:
                return _ => (candidates, place) => Enumerable.Range(0, sources.Length).Count(n => candidates.RankIn(place, n) > 0);
            case "item.events" when option is null:
                return _ => (candidates, place) => events.Count(candidates.Items[place]);
            case "item.events" when hasTimes && int.TryParse(option, out int days) && days > 0:
                int[] recent = events.CountsOfDays(days);
                return _ => (candidates, place) => recent[candidates.Items[place]];
            case "item.age" when option is null && hasTimes:
                return _ => (candidates, place) => events.Age(candidates.Items[place]) / Day;
            case "user.events" when option is null:
                return query => { float count = query.History.Length; return (_, _) => count; };
            case "user.idle" when option is null && hasTimes:
                return query => { float idle = query.Times.IsEmpty ? float.NaN : (events.Newest - query.Times.Span[^1]) / Day; return (_, _) => idle; };
            case var text when option is null && text.StartsWith("item.", StringComparison.Ordinal) && data.ItemAttributes.Numbers.TryGetValue(text[5..], out var numbers):
                return _ => (candidates, place) => numbers.Values.Span[candidates.Items[place]];
            case var text when option is null && text.StartsWith("match.", StringComparison.Ordinal) && data.ItemAttributes.Labels.TryGetValue(text[6..], out var labels):
                return query => new LabelMatch(labels, query.History.Span).Of;
            default: throw Unknown(name, data);
        }
    }

    private static InputException Unknown(string name, Interactions data)
    {
        string times = data.Histories.HasTimes ? ", item.events:DAYS, item.age, user.idle" : "";
        string attributes = string.Concat(
            [.. data.ItemAttributes.Numbers.Keys.Select(n => $", item.{n}"), .. data.ItemAttributes.Labels.Keys.Select(n => $", match.{n}")]);
        return new($"There is no feature '{name}'; there are score:SOURCE, rank:SOURCE, sources, item.events, user.events{times}{attributes}.");
    }
}
