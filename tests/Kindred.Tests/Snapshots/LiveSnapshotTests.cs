using Kindred.Configuration;
using Kindred.Models;
using Kindred.Snapshots;
using Kindred.Tests.Data;
using Kindred.Tests.Support;

namespace Kindred.Tests.Snapshots;

public sealed class LiveSnapshotTests : IDisposable
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    private Snapshot Open(string name)
    {
        string path = _folder.File(name);
        if (!Snapshot.Is(path)) Snapshot.Write(path, SmallSnapshot.Contents());
        return Snapshot.Open(path);
    }

    private static bool IsClosed(Snapshot snapshot)
    {
        try { return snapshot.Users.Id(0) != "u0"; }
        catch (ObjectDisposedException) { return true; }
    }

    [Fact]
    public void An_empty_holder_has_nothing_to_lease()
    {
        using var holder = new LiveSnapshot();
        Assert.False(holder.HasSnapshot);
        Assert.Null(holder.TryAcquire());
    }

    [Fact]
    public void A_snapshot_of_embeddings_is_made_ready_before_it_is_served()
    {
        var contents = SmallSnapshot.Contents();
        var als = new ImplicitAls { Dimensions = 4 };
        var model = new TrainedModel(
            contents.Model.Manifest with { Trainer = "implicit-als", Options = TrainerOptions.Of(als) }, als.Train(
                SmallSnapshot.Interactions, new()));
        Snapshot.Write(_folder.File("als"), contents with { Model = model });
        var snapshot = Snapshot.Open(_folder.File("als"));
        Assert.False(snapshot.IsReady);
        using var holder = new LiveSnapshot();
        holder.Swap(snapshot);
        Assert.True(snapshot.IsReady);
    }

    [Fact]
    public void A_replaced_snapshot_is_closed_when_its_last_lease_ends()
    {
        Snapshot a = Open("a"), b = Open("b");
        using var holder = new LiveSnapshot(a);
        var first = holder.TryAcquire()!;
        var second = holder.TryAcquire()!;
        Assert.Same(a, first.Snapshot);

        holder.Swap(b);
        using (var third = holder.TryAcquire()!) Assert.Same(b, third.Snapshot);
        Assert.False(IsClosed(a));
        first.Dispose();
        first.Dispose(); // a second time counts for nothing
        Assert.False(IsClosed(a));
        Assert.Throws<ObjectDisposedException>(() => first.Snapshot);
        second.Dispose();
        Assert.True(IsClosed(a));
        Assert.False(IsClosed(b));
    }

    [Fact]
    public void Whoever_holds_a_replaced_snapshot_keeps_it_open_without_a_lease()
    {
        Snapshot a = Open("a"), b = Open("b");
        using var holder = new LiveSnapshot(a);
        var held = a.Hold();
        holder.Swap(b);
        Assert.False(IsClosed(a));
        using (a.Hold()) held.Dispose();
        held.Dispose(); // a second time counts for nothing
        Assert.True(IsClosed(a));
        Assert.Throws<ObjectDisposedException>(a.Hold);
    }

    /// <summary>
    /// A source that is late still reads the snapshot when the request has ended and another snapshot is served: were the files closed
    /// under it, the process would end here.
    /// </summary>
    [Fact]
    public async Task A_source_that_is_late_keeps_its_snapshot_open()
    {
        const int Items = 20_000;
        var data = Small.Of(
            Items, [.. Enumerable.Range(0, 40).Select(user => Enumerable.Range(0, 500).Select(n => ((user * 500) + n, 1f)).ToArray())]);
        var config = PipelineConfig.Parse("""
            { "sources": [{ "kind": "model", "model": "implicit-als", "options": { "dimensions": 64, "epochs": 1 }, "limitMilliseconds": 0.1 }] }
            """);
        var trained = new PipelineTrainer().Train(config, data, new());
        static ModelManifest ManifestOf(ITrainer trainer) =>
            new(trainer.Summary.Name, TrainerOptions.Of(trainer), 0, 0, "small", "", 40, Items, Items);
        var popularity = new TrainedModel(ManifestOf(new Popularity()), trained.Fallback!);
        ModelManifest[] manifests = [ManifestOf(config.Trainers[0])];
        Snapshot.Write(_folder.File("s"), new(
            data, data.ItemAttributes, new(manifests[0], trained.Models[0]), popularity, Pipeline: new(trained, manifests)));

        List<Snapshot> served = [Snapshot.Open(_folder.File("s"))];
        using var holder = new LiveSnapshot(served[0]);
        using var done = new CancellationTokenSource();
        int late = 0;
        var requests = Enumerable.Range(0, 2).Select(_ => Task.Run(() =>
        {
            while (!done.IsCancellationRequested)
            {
                using var lease = holder.TryAcquire()!;
                if (lease.Snapshot.Pipeline.Answer(Query.Of(data, 3), 10,
                    cancellationToken: Token).SkippedSteps.Any(step => step.Why == "late")) Interlocked.Increment(ref late);
            }
        })).ToArray();
        for (int n = 0; n < 5; n++)
        {
            int before = Volatile.Read(ref late);
            Assert.True(SpinWait.SpinUntil(() => Volatile.Read(ref late) > before, TimeSpan.FromSeconds(60)));
            served.Add(Snapshot.Open(_folder.File("s")));
            holder.Swap(served[^1]);
        }
        await done.CancelAsync();
        await Task.WhenAll(requests);
        Assert.True(SpinWait.SpinUntil(() => served.SkipLast(1).All(IsClosed), TimeSpan.FromSeconds(60)));
        Assert.False(IsClosed(served[^1]));
    }

    [Fact]
    public void A_replaced_snapshot_without_leases_is_closed_at_once()
    {
        Snapshot a = Open("a"), b = Open("b");
        using var holder = new LiveSnapshot(a);
        holder.Swap(b);
        Assert.True(IsClosed(a));
    }

    [Fact]
    public void A_disposed_holder_leases_nothing_and_lets_requests_finish()
    {
        var a = Open("a");
        var holder = new LiveSnapshot(a);
        var lease = holder.TryAcquire()!;
        holder.Dispose();
        holder.Dispose();
        Assert.Throws<ObjectDisposedException>(() => holder.TryAcquire());
        Assert.False(holder.HasSnapshot);
        Assert.False(IsClosed(a));
        lease.Dispose();
        Assert.True(IsClosed(a));
        using var b = Open("b");
        Assert.Throws<ObjectDisposedException>(() => holder.Swap(b));
    }

    [Fact]
    public async Task Readers_never_see_a_closed_snapshot_while_it_is_swapped()
    {
        using var holder = new LiveSnapshot(Open("a"));
        using var done = new CancellationTokenSource();
        long reads = 0;
        var readers = Enumerable.Range(0, 4).Select(_ => Task.Run(() =>
        {
            do
            {
                using var lease = holder.TryAcquire()!;
                Assert.False(IsClosed(lease.Snapshot));
                Assert.Equal(3, lease.Snapshot.Pipeline.Recommend(new(-1, default), 10).Count);
                Interlocked.Increment(ref reads);
            }
            while (!done.IsCancellationRequested);
        })).ToArray();

        var published = new List<Snapshot>();
        for (int n = 0; n < 200; n++)
        {
            published.Add(Open(n % 2 == 0 ? "b" : "a"));
            holder.Swap(published[^1]);
        }
        await done.CancelAsync();
        await Task.WhenAll(readers);

        Assert.True(reads >= 4);
        Assert.All(published[..^1], snapshot => Assert.True(IsClosed(snapshot)));
        Assert.False(IsClosed(published[^1]));
    }
}
