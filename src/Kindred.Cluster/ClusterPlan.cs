using Kindred.Models.Als;
using Kindred.Numerics.Dense;

namespace Kindred.Cluster;

/// <summary>The size of a training.</summary>
/// <param name="Silos">Processes, of <paramref name="Threads"/> each.</param>
/// <param name="Partitions">That the events are cut into.</param>
public sealed record ClusterSize(long Users, int Items, long Events, int Silos, int Threads, int Partitions);

/// <summary>What a training on partitions needs, by its formulas and <see cref="ClusterCosts"/>.</summary>
/// <param name="SiloBytes">Memory of the largest silo.</param>
/// <param name="SentBytes">What a silo sends in an epoch; it receives as much.</param>
/// <param name="ComputeSeconds">Of an epoch, with all threads at work.</param>
/// <param name="NetworkSeconds">Of an epoch, sending and receiving at once.</param>
public sealed record ClusterPlan(long SiloBytes, long SentBytes, double ComputeSeconds, double NetworkSeconds)
{
    // A pair of user and item lies in two matrices, each with an index and a weight, and in the history it came from.
    private const int PairBytes = 2 * 8, EventBytes = 16, ItemBytes = 40;

    // By strata it lies in one matrix, and has a place in a cell.
    private const int StratumPairBytes = 8 + 4;

    /// <summary>An epoch, if nothing overlaps.</summary>
    public double Seconds => ComputeSeconds + NetworkSeconds;

    /// <param name="bandwidth">Between silos, bytes a second in each direction.</param>
    /// <exception cref="InputException">A number is outside its range.</exception>
    public static ClusterPlan Of(ClusterSize size, ImplicitAls options, ClusterCosts costs, double bandwidth)
    {
        Check(size, bandwidth);
        int d = options.Dimensions, silos = size.Silos;
        var (usersHere, eventsHere) = LargestOf(size);
        bool isGradient = options.Solver == AlsSolver.ConjugateGradient;
        double tables = (usersHere + (size.Items * (isGradient ? 3.0 : 1))) * d * sizeof(float);
        double memory = tables + (eventsHere * (PairBytes + EventBytes)) + ((double)size.Items * ItemBytes);

        // all but the blocks that a silo owns are sent to their owners, then its own rows to all others
        double sent = 0;
        foreach (int width in Widths(options))
            sent += (double)size.Items * (silos - 1) / silos * sizeof(float) * (width + d);
        sent += (double)d * d * sizeof(float) * size.Partitions;

        double threads = (double)silos * size.Threads;
        double rows = Math.Min((double)size.Items * size.Partitions, size.Events);
        double compute = ((size.Events * (costs.UserEvent + costs.ItemEvent)) + (size.Users * costs.UserRow)
            + (rows * costs.ItemRow) + (size.Items * costs.UserRow)) / threads;
        return new((long)memory, (long)sent, compute, silos == 1 ? 0 : sent / bandwidth);
    }

    /// <summary>By strata.</summary>
    /// <param name="perPair">Seconds, <see cref="ClusterCosts.PerPair"/>.</param>
    /// <inheritdoc cref="Of(ClusterSize, ImplicitAls, ClusterCosts, double)"/>
    public static ClusterPlan Of(ClusterSize size, SgdTrainer options, double perPair, double bandwidth)
    {
        Check(size, bandwidth);
        double row = sizeof(float) * (options.Dimensions + (options.AdaptiveRate ? 1 : 0));
        double silos = size.Silos, partitions = size.Partitions;
        var (usersHere, eventsHere) = LargestOf(size);
        double memory = ((usersHere + size.Items) * row) + (eventsHere * (StratumPairBytes + EventBytes))
            + ((double)size.Items * ItemBytes);
        // with each stratum the part of the first partition; between epochs the share of its items that other silos need
        double sent = silos == 1 ? 0 : size.Items * row * (((partitions - 1) / partitions) + ((silos - 1) / (silos * silos)));
        double compute = size.Events * perPair / Math.Min(silos * size.Threads, partitions);
        return new((long)memory, (long)sent, compute, sent / bandwidth);
    }

    /// <returns>Users and events of the largest silo: partitions are not all alike.</returns>
    private static (double Users, double Events) LargestOf(ClusterSize size)
    {
        double share = (size.Silos > 1 ? 1.1 : 1) / size.Silos;
        return (size.Users * share, size.Events * share);
    }

    /// <returns>Numbers that each step sums for an item.</returns>
    private static IEnumerable<int> Widths(ImplicitAls options)
    {
        int d = options.Dimensions;
        if (options.Solver == AlsSolver.ConjugateGradient) return Enumerable.Repeat(d, options.ConjugateGradientSteps + 1);
        int block = options.Solver == AlsSolver.Exact ? d : Math.Min(options.BlockDimensions, d);
        return Enumerable.Range(0, (d + block - 1) / block)
            .Select(n => NormalEquations.SumsOf(Math.Min(block, d - (n * block))));
    }

    private static void Check(ClusterSize size, double bandwidth)
    {
        if (size.Users < 1 || size.Items < 1 || size.Events < 1 || size.Silos < 1 || size.Threads < 1 || size.Partitions < 1)
            throw new InputException("Users, items, events, silos, threads and partitions must all be at least 1.");
        if (size.Silos > size.Partitions)
            throw new InputException($"{size.Silos} silos cannot share {size.Partitions} partitions; use more partitions.");
        if (!(bandwidth > 0)) throw new InputException($"The bandwidth must be above 0, was {bandwidth}.");
    }
}
