using System.Globalization;
using Kindred.Data;

namespace Kindred.Tests.Support;

/// <summary>The committed sample, read without the importer: 100,004 ratings of 9,066 films by 671 users.</summary>
internal static class MovieLensSmall
{
    private static readonly Lazy<Interactions> Loaded = new(() => EventList.Of(
        File.ReadLines(Path.Combine(RealData.MovieLensSmall, "ratings.csv")).Skip(1).Select(line =>
        {
            string[] columns = line.Split(',');
            var invariant = CultureInfo.InvariantCulture;
            return (columns[0], columns[1], long.Parse(columns[3], invariant), float.Parse(columns[2], invariant));
        })));

    private static readonly Lazy<Interactions> Described = new(() => WithGenres(Load()));

    public static Interactions Load() => Loaded.Value;

    /// <summary>With the genres of the films.</summary>
    public static Interactions LoadWithGenres() => Described.Value;

    /// <summary>The same events, with the genres of their films.</summary>
    public static Interactions WithGenres(Interactions data)
    {
        var genres = new string[data.Items.Count][];
        foreach (string line in File.ReadLines(Path.Combine(RealData.MovieLensSmall, "movies.csv")).Skip(1))
            if (data.Items.TryGetIndex(line[..line.IndexOf(',')], out int item))
                genres[item] = line[(line.LastIndexOf(',') + 1)..].Split('|');
        var labels = new Dictionary<string, LabelColumn> { ["genres"] = LabelColumn.From(genres) };
        return data.With(itemAttributes: Catalog.Empty(data.Items.Count) with { Labels = labels });
    }

    /// <summary>The events with films that have many, on vocabularies of their own: 1,300 films with 20.</summary>
    public static Interactions OfFilmsWith(int ratings)
    {
        var all = Load();
        var events = Enumerable.Range(0, all.Users.Count).SelectMany(user => EventsOf(all, user)).ToArray();
        var many = events.CountBy(e => e.Item).Where(count => count.Value >= ratings).Select(count => count.Key).ToHashSet();
        return EventList.Of(events.Where(e => many.Contains(e.Item)));
    }

    private static IEnumerable<(string User, string Item, long Time, float Weight)> EventsOf(Interactions all, int user)
    {
        var (items, times, weights) = (all.Histories.ItemsOf(user), all.Histories.TimesOf(user), all.Histories.WeightsOf(user));
        for (int n = 0; n < items.Length; n++)
            yield return (all.Users.Id(user), all.Items.Id(items.Span[n]), times.Span[n], weights.Span[n]);
    }
}
