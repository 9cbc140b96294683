using Kindred.Data;
using Kindred.Models;
using Kindred.Numerics;
using Kindred.Partitions;

namespace Kindred.Tests.Partitions;

/// <summary>Data as partitions on disk.</summary>
internal static class PartitionFiles
{
    public static Interactions Events(int users, int items, bool areTimed = false)
    {
        var rng = new Rng(7);
        return Interactions.FromEvents(Enumerable.Range(0, users * 8).Select(n => new Event(
            $"u{n % users}", $"i{rng.NextInt(1 + rng.NextInt(items))}",
            areTimed ? DateTimeOffset.FromUnixTimeSeconds(3600L * n) : null, 1 + rng.NextInt(4))));
    }

    /// <summary>As an import would: users in the order of the data.</summary>
    public static PartitionedFolder Write(string path, Interactions data, int partitions)
    {
        int[] users = new int[partitions], events = new int[partitions];
        for (int partition = 0; partition < partitions; partition++)
        {
            int[] chosen = [.. Enumerable.Range(0, data.Users.Count)
                .Where(user => PartitionedFolder.PartitionOf(data.Users.Id(user), partitions) == partition)];
            int[] starts = new int[chosen.Length + 1];
            for (int n = 0; n < chosen.Length; n++) starts[n + 1] = starts[n] + data.Histories.ItemsOf(chosen[n]).Length;
            PartitionedFolder.WritePart(path, partition, ValueKind.Weights, new(
                new Vocabulary([.. chosen.Select(data.Users.Id)]), data.Items, new Histories(
                    starts, chosen.SelectMany(user => data.Histories.ItemsOf(user).ToArray()).ToArray(),
                    data.Histories.HasTimes ? chosen.SelectMany(user => data.Histories.TimesOf(user).ToArray()).ToArray() : default,
                    chosen.SelectMany(user => data.Histories.WeightsOf(user).ToArray()).ToArray())));
            (users[partition], events[partition]) = (chosen.Length, starts[^1]);
        }
        PartitionedFolder.WriteItems(path, new("events", [], new Dictionary<string, string>(), ValueKind.Weights, users, events),
            data.Items, data.ItemAttributes);
        return PartitionedFolder.Open(path);
    }
}
