using Kindred.Models;
using Kindred.Neural;
using Kindred.Tests.Models;

namespace Kindred.Native.Tests.Neural;

/// <summary>The contract for histories pooled by attention and for hard negatives, which are chosen by what was learned so far.</summary>
public sealed class AttendingTwoTowerTests : ModelContract
{
    protected override ITrainer Trainer => new TwoTower
    {
        Pooling = HistoryPooling.Attention,
        HardNegativeCount = 1,
        Dimensions = 16,
        HiddenDimensions = 24,
        Epochs = 15,
        BatchSize = 256,
        LearningRate = .01f,
        NegativeCount = 16,
        Dropout = .1f,
    };

    protected override bool IsClosedForm => false;

    protected override bool ReadsOrder => true;
}
