using System.Text.Json.Nodes;
using Kindred.Data;
using Kindred.Models;
using Kindred.Snapshots;
using Kindred.Tests.Data;

namespace Kindred.Tests.Snapshots;

/// <summary>Three users, four films; popularity is i0 (3 users), i1 (2), i2 (1); nobody touched i3.</summary>
internal static class SmallSnapshot
{
    public static readonly Interactions Interactions = Small.Of(4, [(0, 1), (1, 2)], [(1, 1), (0, 1), (2, 5)], [(0, 1)]);

    public static SnapshotContents Contents(JsonObject? report = null)
    {
        var model = new TrainedModel(
            new("popularity", TrainerOptions.Of(new Popularity()), 42, 0.125, "small", "0123", 3, 4, 6),
            new Popularity().Train(Interactions, new()));
        var texts = new Dictionary<string, TextColumn> { ["title"] = new(StringTable.From(["Alien", "Amélie", "", "Heat"])) };
        return new(Interactions, Catalog.Empty(4) with { Texts = texts }, model, model, report);
    }
}
