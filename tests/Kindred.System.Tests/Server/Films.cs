using Kindred.Data;
using Kindred.Models;
using Kindred.Snapshots;

namespace Kindred.SystemTests.Server;

/// <summary>
/// Two circles of six users who never meet: one watches space films, the other romances. Their ids are what ids may be: with slashes,
/// per cent signs, spaces and accents.
/// </summary>
internal static class Films
{
    public static readonly string[] Space = ["alien", "a/b", "a%2Fb", "stars & more"];

    public static readonly string[] Romance = ["amélie", "notting hill", "casablanca", "ghost?"];

    public const string Unwatched = "unwatched";

    /// <summary>space0…space5, romance0…romance5, each without one or two films of the circle; "newcomer" has seen nothing.</summary>
    public static Interactions Interactions { get; } = Build();

    private static Interactions Build()
    {
        string[] items = [.. Space, .. Romance, Unwatched];
        var (users, starts, events) = (new List<string>(), new List<int> { 0 }, new List<int>());
        foreach (var (circle, offset) in new[] { ("space", 0), ("romance", 4) })
        {
            for (int user = 0; user < 6; user++)
            {
                users.Add($"{circle}{user}");
                for (int film = 0; film < 4; film++)
                    if (film != user && !(film == 3 && user % 2 == 1)) events.Add(offset + film);
                starts.Add(events.Count);
            }
        }
        users.Add("newcomer");
        starts.Add(events.Count);
        float[] weights = [.. Enumerable.Repeat(1f, events.Count)];
        return new(new(users), new(items), new Histories(starts.ToArray(), events.ToArray(), default, weights));
    }

    /// <returns>Path of the snapshot.</returns>
    public static string Write(string path, ITrainer trainer)
    {
        var (users, items, events) = (Interactions.Users.Count, Interactions.Items.Count, Interactions.Histories.Count);
        TrainedModel Train(ITrainer with) => new(
            new(with.Summary.Name, TrainerOptions.Of(with), 0, 0, "films", "", users, items, events),
            with.Train(Interactions, new TrainingContext { Workers = 1 }));
        string[] titles = [.. Space.Concat(Romance).Select(id => $"The film {id}"), ""];
        var texts = new Dictionary<string, TextColumn> { ["title"] = new(StringTable.From(titles)) };
        var catalog = Catalog.Empty(titles.Length) with { Texts = texts };
        Snapshot.Write(path, new(Interactions, catalog, Train(trainer), Train(new Popularity())));
        return path;
    }
}
