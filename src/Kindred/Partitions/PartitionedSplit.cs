using Kindred.Data;
using Kindred.Splitting;

namespace Kindred.Partitions;

/// <summary>
/// Splits the events of partitions. Users are whole in a partition, so that each is split by itself; what concerns all of them, the moment
/// of a cut, is found by a pass over the partitions before.
/// </summary>
internal sealed class PartitionedSplit
{
    private readonly PartitionedFolder _data;
    private readonly Func<Interactions, int, Split> _split;
    private readonly bool _onTest;

    private PartitionedSplit(
        PartitionedFolder data, Func<Interactions, int, Split> split, string protocol, string? warning, bool onTest, bool withRepeats)
    {
        (_data, _split, _onTest, AllowsRepeats, Warning) = (data, split, onTest, withRepeats, warning);
        protocol = onTest ? Split.OnTest(protocol) : Split.OnValidation(protocol);
        Protocol = withRepeats ? Split.ProtocolWithRepeats(protocol) : protocol;
    }

    /// <summary>How the split is made, in a few sentences, for reports.</summary>
    public string Protocol { get; }

    /// <summary>About the split itself; null: nothing.</summary>
    public string? Warning { get; }

    /// <summary>As <see cref="Holdout.AllowsRepeats"/>.</summary>
    public bool AllowsRepeats { get; }

    /// <summary>The training part of each partition.</summary>
    public IPartitionedEvents Training => new TrainingPart(this);

    /// <param name="onTest">False: the validation part is measured.</param>
    /// <param name="withRepeats">As <see cref="Holdout.WithRepeats"/>.</param>
    /// <exception cref="InputException">An option is out of range, or the data cannot be split this way.</exception>
    public static PartitionedSplit Of(ISplitter splitter, PartitionedFolder data, bool onTest, bool withRepeats)
    {
        if (data.Events == 0) throw new InputException("There are no events to split.");
        PartitionedSplit With(Func<Interactions, int, Split> split, string protocol, string? warning = null) =>
            new(data, split, protocol, warning, onTest, withRepeats);
        switch (splitter)
        {
            case TimeOrRandomSplit either when HasTimes(data):
                return Of(either.ByTime, data, onTest, withRepeats);
            case TimeOrRandomSplit either:
                var random = Of(either.AtRandom, data, onTest, withRepeats);
                return With(random._split, either.AtRandom.Protocol, TimeOrRandomSplit.NoTimes);
            case GlobalTimeSplit time:
                time.Check();
                var times = new PartitionTimes(data);
                var cuts = time.CutsIn(times);
                string ofTime = time.ProtocolOf(times, cuts);
                return With((part, _) => GlobalTimeSplit.SplitAt(part, cuts, ofTime), ofTime);
            case RandomSplit atRandom:
                return With(atRandom.Split, atRandom.Protocol);
            case LeaveLastOut last:
                last.Check();
                return With((part, _) => last.Split(part), last.ProtocolOf(Sum(data, last.WholeIn)),
                    HasTimes(data) ? null : LeaveLastOut.NoTimes);
            case UserHoldout users:
                users.Check();
                string ofUsers = users.ProtocolOf(Sum(data, UserHoldout.FewIn));
                return With((part, number) => users.Split(part, number, ofUsers), ofUsers);
            default:
                throw new InputException("Partitions cannot be split this way.");
        }
    }

    /// <summary>Reads a partition and splits it.</summary>
    public SplitPartition Read(int partition)
    {
        var read = _data.Read(partition);
        var split = _split(read.Data, partition);
        var holdout = _onTest ? split.Final : split.Tuning;
        return new(read, AllowsRepeats ? holdout.WithRepeats() : holdout);
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
        public string Name => split._data.Name;

        public string Fingerprint => split._data.Fingerprint;

        public int Count => split._data.Count;

        public long Users => split._data.Users;

        public long Events => split._data.Events;

        public Vocabulary Items => split._data.Items;

        public Catalog ItemCatalog => split._data.ItemCatalog;

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
