using System.Text.Json;
using Kindred.Server.Renewal;
using Kindred.Store;
using Kindred.Tests.Support;

namespace Kindred.ServerTests.Renewal;

/// <summary>Of several servers of a store one trains at a time.</summary>
public sealed class TrainingTurnTests : IAsyncLifetime
{
    private readonly TemporaryFolder _folder = new();
    private IStore _store = null!;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    private RenewalJob One => new(_store, "/one");

    private RenewalJob Two => new(_store, "/two");

    public async ValueTask InitializeAsync() => _store = await OpenAsync(TimeProvider.System);

    public async ValueTask DisposeAsync()
    {
        await _store.DisposeAsync();
        _folder.Dispose();
    }

    [Fact]
    public async Task Another_server_trains_when_the_first_one_has_ended()
    {
        var end = new TaskCompletionSource<RenewalResult>();
        var started = new TaskCompletionSource();
        var first = One.RunAsync("first", (_, _) => end.Task, _ => started.SetResult(), Cancellation);
        await started.Task;
        Assert.Null(await Two.RunAsync("second", Done, cancellation: Cancellation));
        end.SetResult(new("000001", true, "It passed."));
        Assert.Equal(JobState.Succeeded, (await first)!.State);
        Assert.Equal(JobState.Succeeded, (await Two.RunAsync("third", Done, cancellation: Cancellation))!.State);
        Assert.Equal(["third", "first"], (await _store.Jobs.ListAsync(10, Cancellation)).Select(job => RenewalJob.DetailOf(job).Trigger));
    }

    [Fact]
    public async Task Of_servers_that_begin_at_once_one_gets_the_turn()
    {
        int running = 0, most = 0;
        var all = await Task.WhenAll(Enumerable.Range(0, 8).Select(server => Task.Run(() => new RenewalJob(_store, $"/{server}").RunAsync(
            "at once", async (_, turn) =>
            {
                int now = Interlocked.Increment(ref running);
                InterlockedMost(ref most, now);
                await Task.Delay(20, turn);
                Interlocked.Decrement(ref running);
                return new("000001", true, "It passed.");
            }, cancellation: Cancellation))));
        Assert.Equal(1, most);
        Assert.Contains(all, job => job is not null);
    }

    [Fact]
    public async Task A_server_that_is_not_heard_of_loses_the_turn_and_stops_when_it_is_back()
    {
        // a server of another machine, minutes ago
        await using (var before = await OpenAsync(new LateClock(TimeSpan.FromMinutes(-2))))
        {
            string detail = JsonSerializer.Serialize(new RenewalDetail("/far", "far:1", "long ago"), JsonSerializerOptions.Web);
            await before.Jobs.PutAsync(new("lost", RenewalJob.Kind, JobState.Running, detail), Cancellation);
            await before.Settings.SetAsync("training", """{"job":"lost"}""", cancellationToken: Cancellation);
        }
        var started = new TaskCompletionSource<Job>();
        var taken = One.RunAsync("instead of it", async (report, turn) =>
        {
            for (int step = 0; ; step++)
            {
                report.Report(new($"Step {step}")); // each is written down
                await Task.Delay(100, turn);
            }
        }, started.SetResult, Cancellation);
        var job = await started.Task;
        Assert.Equal(JobState.Failed, (await _store.Jobs.GetAsync("lost", Cancellation))!.State);

        // others took this one for lost, as it stood still
        while (await _store.Jobs.PutAsync(
            (await _store.Jobs.GetAsync(job.Id, Cancellation))! with { State = JobState.Failed }, Cancellation) is null) { }
        var ended = (await taken.WaitAsync(TimeSpan.FromSeconds(60), Cancellation))!;
        Assert.Equal(JobState.Failed, ended.State);
        Assert.Contains("another server may train", RenewalJob.DetailOf(ended).Reason, StringComparison.Ordinal);
    }

    private static Task<RenewalResult> Done(IProgress<RenewalProgress> report, CancellationToken turn) =>
        Task.FromResult(new RenewalResult("000002", true, "It passed."));

    private static void InterlockedMost(ref int most, int value)
    {
        int seen;
        while ((seen = Volatile.Read(ref most)) < value && Interlocked.CompareExchange(ref most, value, seen) != seen) { }
    }

    private Task<IStore> OpenAsync(TimeProvider clock) =>
        Stores.OpenAsync(_folder.File("kindred.db"), new() { Clock = clock }, Cancellation);

    private sealed class LateClock(TimeSpan by) : TimeProvider
    {
        public override DateTimeOffset GetUtcNow() => DateTimeOffset.UtcNow + by;
    }
}
