using System.Runtime.InteropServices;
using System.Text.Json;
using Kindred.Models;
using Kindred.Models.Als;
using Kindred.Partitions;

namespace Kindred.Cluster;

/// <summary>What all silos are ordered to do in an attempt of a trainer that learns in epochs.</summary>
internal abstract class EpochOrders
{
    /// <summary>Gives an order to all silos.</summary>
    /// <returns>What each answers.</returns>
    public delegate Task<byte[][]> All(Work work, int step, byte[] data);

    public abstract int Epochs { get; }

    /// <returns>Null: the trainer has no epochs.</returns>
    public static EpochOrders? Of(ITrainer? trainer) => trainer switch
    {
        ImplicitAls als => new AlsOrders(als),
        SgdTrainer sgd => new SgdOrders(sgd),
        _ => null,
    };

    /// <summary>What is done before the first epoch of an attempt.</summary>
    public abstract Task BeginAsync(All all);

    /// <summary>An epoch.</summary>
    /// <returns>Its loss.</returns>
    public abstract Task<double?> RunAsync(All all, int partitions);

    protected static byte[] Joined(byte[][] parts) => [.. parts.SelectMany(part => part)];
}

/// <summary>Those of <see cref="ImplicitAls"/>.</summary>
internal sealed class AlsOrders(ImplicitAls options) : EpochOrders
{
    private readonly int _steps = new AlsItems(options, 0, 0).Steps().Count;
    private byte[] _users = [];

    public override int Epochs => options.Epochs;

    public override async Task BeginAsync(All all)
    {
        await all(Work.Load, 0, []);
        await all(Work.Sum, -1, []);
        await all(Work.Gather, -1, []);
        _users = Joined(await all(Work.Users, 0, []));
    }

    public override async Task<double?> RunAsync(All all, int partitions)
    {
        await all(Work.Begin, 0, _users);
        for (int step = 0; step < _steps; step++)
        {
            await all(Work.Sum, step, []);
            await all(Work.Gather, step, []);
        }
        _users = Joined(await all(Work.Solve, 0, []));
        double items = JsonSerializer.Deserialize<double>((await all(Work.Loss, 0, []))[0]);
        return items + UserSummaries.Read(_users, options.Dimensions).Sum(user => user.Loss);
    }
}

/// <summary>Those of an <see cref="SgdTrainer"/>.</summary>
internal sealed class SgdOrders(SgdTrainer options) : EpochOrders
{
    public override int Epochs => options.Epochs;

    public override async Task BeginAsync(All all)
    {
        await all(Work.Load, 0, []);
        await all(Work.Sum, SgdWork.Counts, []);
        await all(Work.Gather, SgdWork.Counts, []);
        await all(Work.Begin, 0, Joined(await all(Work.Users, 0, [])));
    }

    public override async Task<double?> RunAsync(All all, int partitions)
    {
        for (int stratum = 0; stratum < partitions; stratum++) await all(Work.Learn, stratum, []);
        return PartitionMean.Of(MemoryMarshal.Cast<byte, PartitionMean>(Joined(await all(Work.Loss, 0, []))).ToArray());
    }
}
