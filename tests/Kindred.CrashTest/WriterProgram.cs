using Kindred.Store;

namespace Kindred.CrashTest;

/// <summary>The program that is killed: writes batches and prints the number of each one that was acknowledged.</summary>
internal static class WriterProgram
{
    private const int Writers = 4;

    public static async Task<int> RunAsync(string address, int run)
    {
        await using var store = await Stores.OpenAsync(address);
        int next = -1;
        var writers = Enumerable.Range(0, Writers).Select(_ => Task.Run(async () =>
        {
            while (true)
            {
                int batch = Interlocked.Increment(ref next);
                var events = CrashBatch.Events(run, batch);
                await store.Events.AppendAsync(events);
                if (batch % 3 == 0) await store.Events.AppendAsync(events); // as a client does that lost the answer
                Console.Out.WriteLine(batch);
            }
        })).ToList();
        // what else a server does meanwhile
        writers.Add(Task.Run(async () =>
        {
            for (int n = 0; ; n++)
            {
                await store.Items.PutAsync([new($"item-{n % 50}", $$"""{"n":{{n}}}""")]);
                await store.Events.HistoryAsync($"user-{run}-{n % 10}", 100);
            }
        }));
        await await Task.WhenAny(writers);
        return 0;
    }
}
