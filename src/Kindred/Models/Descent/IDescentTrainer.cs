namespace Kindred.Models.Descent;

/// <summary>A trainer that learns by stochastic gradients from blocks of observed pairs.</summary>
internal interface IDescentTrainer : ITrainer
{
    DescentOptions Shared { get; }

    /// <returns>What one worker does with a block; it may keep scratch memory.</returns>
    /// <param name="rows">Those to move.</param>
    /// <param name="popularity">[items], users of each.</param>
    StratifiedSchedule.Learn CreateLearner(FactorRows rows, ReadOnlyMemory<int> popularity);
}
