using System.Diagnostics;
using System.IO.Hashing;
using System.Text;
using System.Text.Json;
using Kindred.Models;
using Kindred.Partitions;
using Orleans.Concurrency;

namespace Kindred.Cluster;

/// <param name="jobs">Folder that all silos see.</param>
internal sealed class JobsFolder(string jobs)
{
    public string Path => jobs;

    public JobFolder Of(string job) => new(System.IO.Path.Combine(jobs, job));
}

/// <summary>
/// Gives out the work of a job in attempts. An attempt ends when a silo fails or comes; the next one begins at the last epoch that was
/// kept, and as everything depends on partitions and blocks alone, it comes to the same numbers. Epochs are kept as often as that takes a
/// tenth of the time at most.
/// </summary>
[Reentrant]
internal sealed class JobGrain(JobsFolder jobs) : Grain, IJobGrain, IDisposable
{
    private const int KeepingShare = 10, Tries = 5;

    // "no space left" and "quota exceeded" as Linux says them, and "disk full" as Windows does
    private const int NoSpace = 28, NoQuota = 122, DiskFull = unchecked((int)0x80070070);

    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(1);

    private readonly CancellationTokenSource _stop = new();
    private JobStatus? _status;
    private Task? _run;
    private (string Reason, int Kept, int Epoch, string Silos)? _failed; // the last attempt, by what will not pass
    private int _orders;
    private long _sentBefore, _number;
    private readonly Dictionary<int, long> _sent = [];

    private string Id => this.GetPrimaryKeyString();

    private JobFolder Folder => jobs.Of(Id);

    public override Task OnActivateAsync(CancellationToken cancellationToken)
    {
        _status = Folder.Read();
        return Task.CompletedTask;
    }

    public async Task SubmitAsync(ClusterJob job)
    {
        if (_status is null)
        {
            var now = DateTimeOffset.UtcNow;
            int epochs = EpochOrders.Of(TrainerOf(job))?.Epochs ?? 0;
            Set(new(job, JobState.Running, 0, epochs, null, 0, [], "Waits for silos.", now, now, 0, 0));
        }
        await WakeAsync();
    }

    public Task<JobStatus?> StatusAsync() => Task.FromResult(_status);

    public Task WakeAsync()
    {
        if (_status?.State == JobState.Running && _run is not { IsCompleted: false }) _run = Run();
        return Task.CompletedTask;
    }

    public async Task CancelAsync()
    {
        if (_status?.State == JobState.Running) await EndAsync(JobState.Cancelled, "Cancelled.");
    }

    public void Dispose() => _stop.Dispose();

    private async Task Run()
    {
        DelayDeactivation(TimeSpan.FromDays(365));
        while (_status!.State == JobState.Running)
        {
            try
            {
                await TryOnce();
            }
            catch (JobFailure failure)
            {
                await EndAsync(JobState.Failed, failure.Message);
            }
            catch (OperationCanceledException) when (_stop.IsCancellationRequested) { } // it has ended
            catch (Exception e) when (_status.State == JobState.Running)
            {
                var failed = (Reason(e), _status.Kept, _status.Epoch, string.Join(' ', _status.Silos));
                if (_failed == failed)
                {
                    await EndAsync(JobState.Failed, failed.Item1);
                    return;
                }
                _failed = MayPass(e) ? null : failed;
                TrySet(_status with { Note = $"Begins again after epoch {_status.Kept}: {failed.Item1}" });
                await Task.Delay(Pause);
            }
        }
    }

    private async Task TryOnce()
    {
        var attempt = await BeginAsync();
        var workers = attempt.Silos.Select(silo => GrainFactory.GetGrain<IWorkerGrain>(silo)).ToList();
        for (int n = 0; n < workers.Count; n++)
            if (!await workers[n].AttemptAsync(attempt with { Self = n })) throw new SilosChanged("a later attempt has begun.");
        if (EpochOrders.Of(TrainerOf(attempt.Job)) is { } orders) await EpochsAsync(orders, attempt, workers);
        else await PiecesAsync(attempt, workers);
        await AllAsync(workers, Work.Write, _status!.Epochs, 0, []);
        string made = attempt.Job.IsByPartition ? "What was made of the partitions" : "The model";
        await EndAsync(JobState.Done, $"{made} is in {_status.Job.Output}.");
    }

    /// <summary>A result of pieces that do not depend on each other: those that are there are not made again.</summary>
    private async Task PiecesAsync(Attempt attempt, List<IWorkerGrain> workers)
    {
        int pieces = attempt.Owners.Length;
        if (!attempt.Job.IsByPartition)
            using (var data = PartitionedFolder.Open(attempt.Job.Data)) pieces = ItemKnnPieces.Count(data.Items.Count);
        Set(_status! with { Epochs = pieces, Epoch = await CountAsync(attempt.Pieces.CountPieces) });
        await AllAsync(workers, Work.Load, 0, 0, []);
        if (!attempt.Job.IsByPartition)
        {
            foreach (var work in (Work[])[Work.Sum, Work.Gather, Work.Begin])
                await AllAsync(workers, work, 0, ItemKnnWork.Totals, []);
        }
        var making = AllAsync(workers, Work.Pieces, 0, 0, []);
        while (await Task.WhenAny(making, Task.Delay(Pause)) != making)
        {
            try
            {
                Report(attempt.Pieces.CountPieces());
            }
            catch (InputException) { } // the next second tells how far it is
        }
        await making;
        Report(pieces);

        void Report(int made)
        {
            if (made == _status!.Epoch || _stop.IsCancellationRequested) return;
            long sent = _sentBefore + _sent.Values.Sum();
            TrySet(_status with { Epoch = made, Note = $"{made} of {pieces} pieces are done.", Sent = sent });
        }
    }

    /// <summary>Tries again: a folder of several machines cannot be listed at every moment.</summary>
    internal static async Task<int> CountAsync(Func<int> count)
    {
        for (int left = Tries; ; left--)
        {
            try
            {
                return count();
            }
            catch (InputException) when (left > 1) { await Task.Delay(Pause); }
        }
    }

    private async Task EpochsAsync(EpochOrders orders, Attempt attempt, List<IWorkerGrain> workers)
    {
        EpochOrders.All At(int epoch) => (work, step, data) => AllAsync(workers, work, epoch, step, data);
        await orders.BeginAsync(At(attempt.Epoch));
        var keeping = TimeSpan.Zero; // what it took the last time
        var between = Stopwatch.StartNew(); // since then
        for (int epoch = attempt.Epoch + 1; epoch <= _status!.Epochs; epoch++)
        {
            double? loss = await orders.RunAsync(At(epoch), attempt.Owners.Length);
            bool hasNew = (await SilosAsync()).Except(attempt.Silos).Any(), isKept = hasNew || between.Elapsed >= KeepingShare * keeping;
            if (isKept)
            {
                between.Restart();
                await AllAsync(workers, Work.Keep, epoch, 0, []);
                keeping = between.Elapsed;
                between.Restart();
            }
            _stop.Token.ThrowIfCancellationRequested();
            Set(_status with
            {
                Epoch = epoch,
                Kept = isKept ? epoch : _status.Kept,
                Loss = loss,
                Note = $"Epoch {epoch} of {_status.Epochs} is done.",
                Sent = _sentBefore + _sent.Values.Sum(),
            });
            if (isKept) Folder.RemoveEpochs(epoch);
            if (hasNew) throw new SilosChanged("a silo came.");
        }
    }

    private async Task<Attempt> BeginAsync()
    {
        string[] silos = await SilosAsync();
        _stop.Token.ThrowIfCancellationRequested();
        if (silos.Length == 0) throw new SilosChanged("there is no silo.");
        int partitions;
        try
        {
            using var data = PartitionedFolder.Open(_status!.Job.Data);
            partitions = data.Count;
        }
        catch (InputException e)
        {
            throw new JobFailure(e.Message);
        }
        _sentBefore += _sent.Values.Sum();
        _sent.Clear();
        _orders = 0;
        _number = Math.Max(_number + 1, DateTimeOffset.UtcNow.UtcTicks); // later ones are larger on any silo
        Set(_status with { Epoch = _status.Kept, Attempts = _status.Attempts + 1, Silos = silos, Note = "Reads partitions." });
        bool isRing = TrainerOf(_status.Job) is SgdTrainer;
        int[] owners = [.. Enumerable.Range(0, partitions).Select(partition =>
            isRing ? (int)((long)partition * silos.Length / partitions) : OwnerOf(partition, silos))];
        return new(_status.Job, Folder.Path, _status.Started, _number, _status.Kept, silos, 0, owners);
    }

    /// <summary>Rendezvous hashing: when a silo comes or goes, only partitions move that it has or had.</summary>
    private static int OwnerOf(int partition, string[] silos) => Enumerable.Range(0, silos.Length).MaxBy(n =>
        XxHash3.HashToUInt64(Encoding.UTF8.GetBytes($"{partition} {silos[n]}")));

    /// <summary>Gives an order to all and waits until all have carried it out.</summary>
    /// <returns>What each answered.</returns>
    /// <exception cref="OperationCanceledException">The job ended meanwhile: nothing is said of it any more.</exception>
    private async Task<byte[][]> AllAsync(List<IWorkerGrain> workers, Work work, int epoch, int step, byte[] data)
    {
        var order = new Order(++_orders, work, epoch, step, data);
        byte[][] answers = await Task.WhenAll(workers.Select(async (worker, n) =>
        {
            while (true)
            {
                _stop.Token.ThrowIfCancellationRequested();
                var outcome = await worker.DoAsync(Id, _number, order);
                _sent[n] = outcome.Sent;
                if (outcome.Failure is { } failure) throw new JobFailure(failure);
                if (outcome.IsDone) return outcome.Data;
            }
        }));
        _stop.Token.ThrowIfCancellationRequested();
        return answers;
    }

    /// <returns>Null: it makes something of each partition.</returns>
    private static ITrainer? TrainerOf(ClusterJob job) =>
        job.IsByPartition ? null : ModelSpec.Parse(job.Model, TrainerCatalog.Default).Trainer;

    private async Task<string[]> SilosAsync()
    {
        var hosts = await GrainFactory.GetGrain<IManagementGrain>(0).GetHosts(onlyActive: true);
        return [.. hosts.Keys.Select(silo => silo.ToParsableString()).Order(StringComparer.Ordinal)];
    }

    private async Task EndAsync(JobState state, string note)
    {
        Set(_status! with { State = state, Note = note, Sent = _sentBefore + _sent.Values.Sum() });
        await _stop.CancelAsync();
        try
        {
            foreach (string silo in await SilosAsync()) await ReleaseAsync(silo);
        }
        finally
        {
            Folder.RemoveEpochs(0);
            Folder.RemovePieces();
            if (state != JobState.Done && _status!.Job.IsByPartition) new JobFolder(_status.Job.Output).RemovePieces();
        }
    }

    private async Task ReleaseAsync(string silo)
    {
        try
        {
            await GrainFactory.GetGrain<IWorkerGrain>(silo).ReleaseAsync(Id);
        }
        catch (Exception e) when (e is SiloUnavailableException or TimeoutException or OrleansException) { } // it is gone
    }

    private void Set(JobStatus status)
    {
        status = status with { Changed = DateTimeOffset.UtcNow };
        Folder.Write(status);
        _status = status;
    }

    /// <summary>As <see cref="Set"/>; where the folder cannot be written to, the status is known to those who ask.</summary>
    private void TrySet(JobStatus status)
    {
        try
        {
            Set(status);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            _status = status with { Note = $"{status.Note} {Reason(e)}" };
        }
    }

    /// <summary>Silos come and go, and a full disk gets room: however often, a later attempt may not meet it.</summary>
    internal static bool MayPass(Exception e) =>
        e is SilosChanged or TimeoutException or OrleansException or OperationCanceledException
            or IOException { HResult: NoSpace or NoQuota or DiskFull };

    private static string Reason(Exception e) => e switch
    {
        TimeoutException or OrleansException => "a silo does not answer.",
        _ => e.Message,
    };

    /// <summary>The attempt cannot be continued with these silos.</summary>
    private sealed class SilosChanged(string message) : Exception(message);

    /// <summary>The job can never end.</summary>
    private sealed class JobFailure(string message) : Exception(message);
}

/// <summary>Lists what lies in the folder of jobs.</summary>
internal sealed class JobsGrain(JobsFolder jobs) : Grain, IJobsGrain
{
    public Task<IReadOnlyList<JobStatus>> ListAsync() => Task.FromResult(JobFolder.In(jobs.Path));
}
