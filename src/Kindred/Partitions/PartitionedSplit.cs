using Kindred.Data;
using Kindred.Splitting;

namespace Kindred.Partitions;

/// <summary>
/// Splits the events of partitions. Users are whole in a partition, so that each is split by itself; what concerns all of them, the moment
/// of a cut, is found by a pass over the partitions before.
/// </summary>
internal sealed class PartitionedSplit(PartitionedFolder data, SplitPlan plan)
{
    public PartitionedFolder Data => data;

    public SplitPlan Plan => plan;

    /// <summary>How the split is made, in a few sentences, for reports.</summary>
    public string Protocol
    {
        get
        {
            string protocol = plan.OnTest ? Split.OnTest(plan.Protocol) : Split.OnValidation(plan.Protocol);
            return plan.AllowsRepeats ? Split.ProtocolWithRepeats(protocol) : protocol;
        }
    }

    /// <summary>The training part of each partition.</summary>
    public IPartitionedEvents Training => new TrainingPart(this);

    /// <param name="onTest">False: the validation part is measured.</param>
    /// <param name="withRepeats">As <see cref="Holdout.WithRepeats"/>.</param>
    /// <exception cref="InputException">An option is out of range, or the data cannot be split this way.</exception>
    public static PartitionedSplit Of(ISplitter splitter, PartitionedFolder data, bool onTest, bool withRepeats)
    {
        if (data.Events == 0) throw new InputException("There are no events to split.");
        SplitPlan With(string protocol, string? warning = null) => new(protocol, warning, onTest, withRepeats);
        switch (splitter)
        {
            case TimeOrRandomSplit either when HasTimes(data):
                return Of(either.ByTime, data, onTest, withRepeats);
            case TimeOrRandomSplit either:
                return new(data, Of(either.AtRandom, data, onTest, withRepeats).Plan with { Warning = TimeOrRandomSplit.NoTimes });
            case GlobalTimeSplit time:
                time.Check();
                var times = new PartitionTimes(data);
                var cuts = time.CutsIn(times);
                return new(data, With(time.ProtocolOf(times, cuts)) with { ByTime = cuts });
            case RandomSplit atRandom:
                return new(data, With(atRandom.Protocol) with { AtRandom = atRandom });
            case LeaveLastOut last:
                last.Check();
                string? warning = HasTimes(data) ? null : LeaveLastOut.NoTimes;
                return new(data, With(last.ProtocolOf(Sum(data, last.WholeIn)), warning) with { LastOut = last });
            case UserHoldout users:
                users.Check();
                return new(data, With(users.ProtocolOf(Sum(data, UserHoldout.FewIn))) with { ByUser = users });
            default:
                throw new InputException("Partitions cannot be split this way.");
        }
    }

    /// <summary>Reads a partition and splits it.</summary>
    public SplitPartition Read(int partition)
    {
        var read = data.Read(partition);
        return new(read, plan.HoldoutOf(read.Data, partition));
    }

    private static bool HasTimes(PartitionedFolder data)
    {
        using var part = data.Read(Enumerable.Range(0, data.Count).First(n => data.Manifest.Events[n] > 0));
        return part.Data.Histories.HasTimes;
    }

    private static long Sum(PartitionedFolder data, Func<Histories, long> count)
    {
        long sum = 0;
        PartitionedTraining.ForEach(data, part => sum += count(part.Histories));
        return sum;
    }

    private sealed class TrainingPart(PartitionedSplit split) : IPartitionedEvents
    {
        public string Name => split.Data.Name;

        public string Fingerprint => split.Data.Fingerprint;

        public int Count => split.Data.Count;

        public long Users => split.Data.Users;

        public long Events => split.Data.Events;

        public Vocabulary Items => split.Data.Items;

        public Catalog ItemCatalog => split.Data.ItemCatalog;

        public Partition Read(int partition)
        {
            var read = split.Read(partition);
            return read.Events.With(read.Holdout.Train);
        }
    }
}

/// <summary>A partition that was split, in memory until it is disposed of.</summary>
internal sealed class SplitPartition(Partition events, Holdout holdout) : IDisposable
{
    public Partition Events => events;

    public Holdout Holdout => holdout;

    public void Dispose() => events.Dispose();
}
