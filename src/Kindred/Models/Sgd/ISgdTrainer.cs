using Kindred.Models.Sampling;

namespace Kindred.Models.Sgd;

/// <summary>A trainer that learns by stochastic gradients from blocks of observed pairs.</summary>
internal interface ISgdTrainer : ITrainer
{
    SgdOptions Shared { get; }

    /// <returns>What one worker does with a block; it may keep scratch memory.</returns>
    /// <param name="rows">Those to move.</param>
    /// <param name="popularity">[items], users of each.</param>
    StratifiedSchedule.Learn CreateLearner(FactorTable rows, ReadOnlyMemory<int> popularity);
}
