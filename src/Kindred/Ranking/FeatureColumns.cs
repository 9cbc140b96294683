using Kindred.Data;
using Kindred.Models;
using Kindred.Models.Features;
using Kindred.Numerics;
using Kindred.Pipelines;

namespace Kindred.Ranking;

/// <summary>One number of a candidate.</summary>
internal delegate float FeatureValue(Candidates candidates, int place);

/// <summary>What is the same for all candidates of a request is looked up once.</summary>
/// <param name="moment">UTC Unix seconds: what happened before it is known.</param>
internal delegate FeatureValue FeatureColumn(Query query, long moment);

/// <summary>The columns of <see cref="FeatureSet"/> by name.</summary>
internal sealed class FeatureColumns(Interactions data, string[] sources, IReadOnlyDictionary<string, Matrix> embeddings)
{
    /// <summary>Labels of the moment are numbered by a hash of their text, so that a number means the same after the next import.</summary>
    private const uint Categories = 4096;

    private const float Day = 86_400;

    private readonly bool _hasTimes = data.Histories.HasTimes;
    private readonly Dictionary<string, HistorySimilarity> _similarities = embeddings.ToDictionary(
        e => e.Key, e => new HistorySimilarity(e.Value));
    private readonly EventTimes _items = new(data.Histories.Items.Span, data.Histories.Times.Span, data.Items.Count);

    /// <returns>All names that there are, but crosses of every pair.</returns>
    public IEnumerable<string> Names =>
    [
        "score:SOURCE", "rank:SOURCE", "sources", "item.events", "user.events",
        .. _hasTimes ? ["item.events:DAYS", "item.age", "user.idle", "context.hour", "context.weekday"] : Array.Empty<string>(),
        .. data.ItemAttributes.Numbers.Keys.Select(n => $"item.{n}"), .. data.ItemAttributes.Labels.Keys.Select(n => $"match.{n}"),
        .. data.Context.Numbers.Keys.Concat(data.Context.Labels.Keys).Select(n => $"context.{n}"),
        .. _similarities.Keys.SelectMany(n => (string[])[$"similarity:{n}", $"similarity.last:{n}"]),
        .. data.ItemAttributes.Labels.Keys.SelectMany(n => Askers.Select(asker => $"cross:{asker}*item.{n}")),
    ];

    private IEnumerable<string> Askers =>
    [
        .. data.UserAttributes.Labels.Keys.Select(n => $"user.{n}"), .. data.Context.Labels.Keys.Select(n => $"context.{n}"),
        .. _hasTimes ? ["context.hour", "context.weekday"] : Array.Empty<string>(),
    ];

    /// <returns>True for numbers of categories, which have no order.</returns>
    public bool IsCategorical(string name) =>
        name.StartsWith("context.", StringComparison.Ordinal) && data.Context.Labels.ContainsKey(name[8..])
        && !(_hasTimes && name is "context.hour" or "context.weekday");

    /// <exception cref="InputException">There is no such feature.</exception>
    public FeatureColumn Of(string name)
    {
        string[] parts = name.Split(':', 2);
        return (parts is [var word, var option] ? WithOption(name, word, option) : Plain(name))
            ?? throw new InputException($"There is no feature '{name}'; {Spelling.All(FeatureNames.WithoutNumbersOfVectors(Names))}.");
    }

    private FeatureColumn? WithOption(string name, string word, string option)
    {
        switch (word)
        {
            case "score" or "rank":
                int source = Array.IndexOf(sources, option);
                if (source < 0) throw new InputException($"The feature '{name}' is of no source; {Spelling.All(sources)}.");
                return word == "score"
                    ? (_, _) => (candidates, place) => candidates.SourceScore(place, source)
                    : (_, _) => (candidates, place) => candidates.RankIn(place, source) is > 0 and int rank ? rank : float.NaN;
            case "item.events" when _hasTimes && int.TryParse(option, out int days) && days > 0:
                return (_, moment) => (candidates, place) =>
                    _items.CountBefore(
                        candidates.Items[place], moment) - _items.CountBefore(candidates.Items[place], moment - (days * (long)Day));
            case "similarity" when _similarities.TryGetValue(option, out var mean):
                return (query, _) => mean.To(query.History.Span);
            case "similarity.last" when _similarities.TryGetValue(option, out var last):
                return (query, _) => last.To(query.History.IsEmpty ? [] : query.History.Span[^1..]);
            case "cross":
                return Cross(name, option);
            default: return null;
        }
    }

    private FeatureColumn? Plain(string name)
    {
        switch (name)
        {
            case "sources":
                return (_, _) => (candidates, place) => candidates.SourcesOf(place);
            case "item.events":
                return (_, moment) => (candidates, place) => _items.CountBefore(candidates.Items[place], moment);
            case "item.age" when _hasTimes:
                return (_, moment) => (candidates, place) => _items.Age(candidates.Items[place], moment) / Day;
            case "user.events":
                return (query, _) => Same(query.History.Length);
            case "user.idle" when _hasTimes:
                // a history can be newer than the data
                return (query, moment) =>
                    Same(query.Times.IsEmpty ? float.NaN : Math.Max(0, (query.Context?.Time ?? moment) - query.Times.Span[^1]) / Day);
            case "context.hour" when _hasTimes:
                return (query, _) => Same(query.Context?.Time is { } time ? FeatureValues.HourOf(time) : float.NaN);
            case "context.weekday" when _hasTimes:
                return (query, _) => Same(query.Context?.Time is { } time ? FeatureValues.WeekdayOf(time) + 1 : float.NaN);
        }
        string[] path = name.Split('.', 2);
        return path is not [var of, var column] ? null : of switch
        {
            "item" when data.ItemAttributes.Numbers.TryGetValue(column, out var numbers) =>
                (_, _) => (candidates, place) => numbers.Values.Span[candidates.Items[place]],
            "match" when data.ItemAttributes.Labels.TryGetValue(column, out var labels) => (query, _) =>
                new LabelMatch(labels, query.History.Span).Of,
            "context" when data.Context.Numbers.ContainsKey(column) =>
                (query, _) => Same(query.Context?.Numbers.TryGetValue(column, out float value) == true ? value : float.NaN),
            "context" when data.Context.Labels.ContainsKey(column) =>
                (query, _) => Same(Given(query, column) is [var first, ..] ? CategoryOf(first) : float.NaN),
            _ => null,
        };
    }

    private FeatureColumn? Cross(string name, string pair)
    {
        string[] sides = pair.Split('*', 2);
        if (sides.Length < 2 || !Askers.Contains(sides[0]) || !sides[1].StartsWith("item.", StringComparison.Ordinal)
            || !data.ItemAttributes.Labels.TryGetValue(sides[1][5..], out var items)) return null;
        var (count, ofEvent, ofQuery) = Asker(sides[0]);
        var asker = new int[data.Histories.Count][];
        for (int user = 0; user < data.Users.Count; user++)
            for (int e = data.Histories.Starts.Span[user]; e < data.Histories.Starts.Span[user + 1]; e++) asker[e] = ofEvent(user, e);
        var lift = new LabelLift(name, data.Histories, asker, count, items);
        return (query, moment) => lift.Of(ofQuery(query), moment);
    }

    /// <returns>How many labels there are, and those of an event, and of a query.</returns>
    private (int Count, Func<int, int, int[]> OfEvent, Func<Query, int[]> OfQuery) Asker(string name)
    {
        if (name == "context.hour" && _hasTimes) return OfTime(24, FeatureValues.HourOf);
        if (name == "context.weekday" && _hasTimes) return OfTime(7, FeatureValues.WeekdayOf);
        if (name.StartsWith("context.", StringComparison.Ordinal))
        {
            var moments = data.Context.Labels[name[8..]];
            return (moments.Labels.Count, (_, e) => moments[e].ToArray(), query => IndicesOf(moments, Given(query, name[8..])));
        }
        var users = data.UserAttributes.Labels[name[5..]];
        // what a request says of its user goes before what the data knows of them
        return (users.Labels.Count, (user, _) => users[user].ToArray(), query =>
            Given(query, name) is { Count: > 0 } given ? IndicesOf(users, given)
            : (uint)query.User < (uint)data.Users.Count ? users[query.User].ToArray() : []);
    }

    private (int Count, Func<int, int, int[]> OfEvent, Func<Query, int[]> OfQuery) OfTime(int count, Func<long, int> labelOf) =>
        (count, (_, e) => [labelOf(data.Histories.Times.Span[e])], query => query.Context?.Time is { } time ? [labelOf(time)] : []);

    private static IReadOnlyList<string> Given(in Query query, string column) => query.Context?.Labels.GetValueOrDefault(column) ?? [];

    private static int[] IndicesOf(LabelColumn column, IReadOnlyList<string> labels) =>
        [.. labels.Select(label => column.Labels.TryGetIndex(label, out int index) ? index : -1)];

    private static FeatureValue Same(float value) => (_, _) => value;

    private static float CategoryOf(string label) => Fnv1a.Hash32(label) % Categories;
}
