using Kindred.Partitions;

namespace Kindred.Cluster;

/// <summary>Partitions that this process has read, so that a new attempt reads only those that come to it.</summary>
internal sealed class PartitionCache
{
    private readonly Lock _lock = new();
    private readonly Dictionary<(string Folder, string Fingerprint, int Partition), Partition> _read = [];

    public Interactions Get(PartitionedFolder folder, int partition)
    {
        var key = (folder.Path, folder.Fingerprint, partition);
        lock (_lock)
            if (_read.TryGetValue(key, out var known)) return known.Data;
        var data = folder.Read(partition);
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
