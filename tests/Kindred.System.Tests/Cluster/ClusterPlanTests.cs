using Kindred.Cluster;

namespace Kindred.SystemTests.Cluster;

public sealed class ClusterPlanTests
{
    // by hand; a row of bpr is 40 bytes, of Adagrad 44
    [Fact]
    public void Strata_move_each_item_once_around_the_silos_and_a_quarter_of_the_items_between_epochs_of_two()
    {
        var size = new ClusterSize(Users: 1000, Items: 100, Events: 10_000, Silos: 2, Threads: 1, Partitions: 4);
        var plan = ClusterPlan.Of(size, new Bpr { Dimensions = 10 }, perPair: 1e-6, bandwidth: 1000);
        Assert.Equal(((550 + 100) * 40) + (5500 * 28) + (100 * 40), plan.SiloBytes);
        Assert.Equal(3000 + 1000, plan.SentBytes);
        Assert.Equal((.005, 4.0), (plan.ComputeSeconds, plan.NetworkSeconds));
        Assert.Equal(100 * 44, ClusterPlan.Of(size, new Bpr { Dimensions = 10, AdaptiveRate = true }, 1e-6, 1000).SentBytes);
        Assert.Equal(0, ClusterPlan.Of(size with { Silos = 1 }, new Bpr { Dimensions = 10 }, 1e-6, 1000).SentBytes);
        // four partitions are four cells at once, however many threads there are
        Assert.Equal(.0025, ClusterPlan.Of(size with { Threads = 8 }, new Bpr { Dimensions = 10 }, 1e-6, 1000).ComputeSeconds);
    }
}
