using Kindred.Data;
using Kindred.Numerics;
using Kindred.Tests.Data;

namespace Kindred.Tests.Configuration;

/// <summary>80 users, 40 items of four genres; each user likes one genre, mostly. Item 7 is called Casablanca.</summary>
internal static class GenredData
{
    public static readonly Interactions Interactions = Make();

    private static Interactions Make()
    {
        string[] genres = ["Drama", "Comedy", "Horror", "Food"];
        var rng = new Rng(3);
        var users = new (int, float)[80][];
        for (int user = 0; user < users.Length; user++)
        {
            var items = new HashSet<int>();
            while (items.Count < 8) items.Add(rng.NextDouble() < .7 ? (user % 4) + (4 * rng.NextInt(10)) : rng.NextInt(40));
            users[user] = [.. items.Select(item => (item, 1f))];
        }
        return Small.Of(40, users).With(
            new Catalog(
                80, new Dictionary<string, TextColumn>(), new Dictionary<string, NumberColumn>(), new Dictionary<string, LabelColumn>
            {
                ["country"] = LabelColumn.From([.. Enumerable.Range(0, 80).Select(user => user % 2 == 0 ? "DE" : "FR")]),
            }),
            new Catalog(
                40,
                new Dictionary<string, TextColumn> { ["title"] =
                    new(StringTable.From([.. Enumerable.Range(0, 40).Select(n => n == 7 ? "Casablanca" : $"Film {n}")])) },
                new Dictionary<string, NumberColumn>(),
                new Dictionary<string, LabelColumn> { ["genres"] =
                    LabelColumn.From([.. Enumerable.Range(0, 40).Select(item => genres[item % 4])]) }));
    }
}
