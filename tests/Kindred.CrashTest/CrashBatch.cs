using Kindred.Store;

namespace Kindred.CrashTest;

/// <summary>The events of a batch, made of its number alone: writer and judge know them without telling each other.</summary>
internal static class CrashBatch
{
    public static int Size(int run, int batch) => 1 + new Random(HashCode(run, batch)).Next(batch % 4 == 0 ? 1_000 : 20);

    /// <summary>Half of the events have an id, the others are known by their content.</summary>
    public static NewEvent[] Events(int run, int batch) =>
        [
            .. Enumerable.Range(0, Size(run, batch)).Select(n => new NewEvent("view", $"item-{n}")
            {
                Id = n % 2 == 0 ? $"event-{run}-{batch}-{n}" : null,
                UserId = $"user-{run}-{batch}",
                Time = DateTimeOffset.UnixEpoch.AddDays(20_000).AddSeconds(batch),
            }),
        ];

    public static (int Run, int Batch) Of(StoredEvent e)
    {
        string[] parts = e.UserId!.Split('-');
        return (int.Parse(parts[1]), int.Parse(parts[2]));
    }

    private static int HashCode(int run, int batch) => unchecked((run * 1_000_003) + batch);
}
