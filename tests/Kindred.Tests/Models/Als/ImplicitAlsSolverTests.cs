using Kindred.Models;
using Kindred.Models.Als;

namespace Kindred.Tests.Models.Als;

/// <summary>The contract, trained by conjugate gradients.</summary>
public sealed class ImplicitAlsGradientTests : ModelContract
{
    protected override ITrainer Trainer => new ImplicitAls { Dimensions = 12, Epochs = 20, Solver = AlsSolver.ConjugateGradient };

    protected override bool IsClosedForm => false;
}

/// <summary>The contract, trained by blocks of dimensions, the last one narrower.</summary>
public sealed class ImplicitAlsSubspaceTests : ModelContract
{
    protected override ITrainer Trainer =>
        new ImplicitAls { Dimensions = 12, Epochs = 20, Solver = AlsSolver.Subspace, BlockDimensions = 5 };

    protected override bool IsClosedForm => false;
}
