using Kindred.Partitions;

namespace Kindred.Cluster;

/// <summary>Partitions that this process has read, so that a new attempt reads only those that come to it.</summary>
internal sealed class PartitionCache
{
    private readonly Lock _lock = new();
    private readonly Dictionary<(string Folder, string Fingerprint, string? Split, int Partition), Partition> _read = [];

    /// <param name="events">Of the job.</param>
    public Interactions Get(ClusterJob job, IPartitionedEvents events, int partition)
    {
        var key = (job.Data, events.Fingerprint, job.Split, partition);
        lock (_lock)
            if (_read.TryGetValue(key, out var known)) return known.Data;
        var data = events.Read(partition);
        lock (_lock)
        {
            if (_read.TryAdd(key, data)) return data.Data;
            data.Dispose();
            return _read[key].Data;
        }
    }

    /// <summary>Forgets what was read of a folder.</summary>
    public void Release(string folder)
    {
        lock (_lock)
            foreach (var key in _read.Keys.Where(key => key.Folder == folder).ToList())
                if (_read.Remove(key, out var partition)) partition.Dispose();
    }
}
