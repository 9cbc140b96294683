namespace Aspire.Hosting.ApplicationModel;

/// <summary>A living server of Kindred in an application: a container or a command.</summary>
public interface IKindredResource
    : IResourceWithConnectionString, IResourceWithEndpoints, IResourceWithEnvironment, IResourceWithArgs, IResourceWithWaitSupport
{
    /// <summary>Where it answers.</summary>
    EndpointReference Http { get; }

    /// <summary>The key of the scope admin.</summary>
    ParameterResource AdminKey { get; }
}
