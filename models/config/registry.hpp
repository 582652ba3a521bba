#pragma once
// Models find their users by name. A model is one file that ends with one registration:
//
//     const Register<DrainStrategy, Workqueue> registered{"workqueue", "one work item per CPU"};
//
// The interface names what a model lives in (Environment, a reference given to its constructor) and
// what its runs depend on (Setting). The model has a nested Params with fields() and a constructor
// (Environment&, Params). If one entry of a scenario stands for several runs, such as a ladder of
// client counts, it also has
//
//     static std::vector<Params> points(const Params&, const Interface::Setting&);
//
// A parameter that names what only a layer above can read has load(const RecordingReader&,
// Errors&).
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "models/config/errors.hpp"
#include "models/config/field.hpp"
#include "models/config/node.hpp"
#include "models/config/schema.hpp"
#include "sim/check.hpp"

namespace pcpsim {

class RecordingReader;

/// What `pcpsim list` and `describe` show of a model.
struct ModelInfo {
    std::string name;
    std::string sentence;
    std::vector<FieldInfo> fields;
};

/// A model of an interface with its parameters, read and checked, ready to be made.
template <class Interface>
class Choice {
public:
    using Environment = typename Interface::Environment;
    using Setting = typename Interface::Setting;

    class Bound {
    public:
        virtual ~Bound() = default;
        [[nodiscard]] virtual std::string params() const = 0;
        [[nodiscard]] virtual std::unique_ptr<Interface> make(Environment& env) const = 0;
        [[nodiscard]] virtual std::vector<std::shared_ptr<const Bound>> points(
            const Setting& setting) const = 0;
        [[nodiscard]] virtual std::shared_ptr<const Bound> load(const RecordingReader& reader,
                                                                Errors& errors) const = 0;
    };

    Choice(std::string model, std::string label, std::shared_ptr<const Bound> bound)
        : model_{std::move(model)}, label_{std::move(label)}, bound_{std::move(bound)} {}

    [[nodiscard]] const std::string& model() const { return model_; }
    /// The name in tables; the model's own unless the scenario gives one.
    [[nodiscard]] const std::string& label() const { return label_; }
    /// Canonical JSON with every default written out.
    [[nodiscard]] std::string effective_params() const { return bound_->params(); }
    [[nodiscard]] std::unique_ptr<Interface> make(Environment& env) const {
        return bound_->make(env);
    }
    /// The runs this entry stands for, in order; itself alone unless the model says otherwise.
    [[nodiscard]] std::vector<Choice> points(const Setting& setting) const {
        std::vector<Choice> choices;
        for (auto& bound : bound_->points(setting))
            choices.push_back(Choice{model_, label_, std::move(bound)});
        if (choices.empty()) choices.push_back(*this);
        return choices;
    }
    /// The same with the recordings that its parameters name.
    [[nodiscard]] Choice load(const RecordingReader& reader, Errors& errors) const {
        return {model_, label_, bound_->load(reader, errors)};
    }

private:
    std::string model_;
    std::string label_;
    std::shared_ptr<const Bound> bound_;
};

/// A concrete model bound to its parameters.
template <class Interface, class Concrete>
class BoundModel final : public Choice<Interface>::Bound {
public:
    using Base = typename Choice<Interface>::Bound;
    using Params = typename Concrete::Params;

    explicit BoundModel(Params params) : params_{std::move(params)} {}

    [[nodiscard]] std::string params() const override { return to_json(params_); }
    [[nodiscard]] std::unique_ptr<Interface> make(
        typename Interface::Environment& env) const override {
        return std::make_unique<Concrete>(env, params_);
    }
    [[nodiscard]] std::vector<std::shared_ptr<const Base>> points(
        const typename Interface::Setting& setting) const override {
        std::vector<std::shared_ptr<const Base>> bounds;
        if constexpr (requires { Concrete::points(params_, setting); })
            for (Params& point : Concrete::points(params_, setting))
                bounds.push_back(std::make_shared<const BoundModel>(std::move(point)));
        return bounds;
    }
    [[nodiscard]] std::shared_ptr<const Base> load(const RecordingReader& reader,
                                                   Errors& errors) const override {
        Params params = params_;
        for_each_field<Params>([&](const auto& field) {
            if constexpr (requires { field.of(params).load(reader, errors); })
                field.of(params).load(reader, errors);
        });
        return std::make_shared<const BoundModel>(std::move(params));
    }

private:
    Params params_;
};

template <class Interface>
struct Registration {
    std::string sentence;
    std::vector<FieldInfo> (*fields)(const std::string& prefix);
    std::vector<SchemaProperty> (*properties)();
    std::shared_ptr<const typename Choice<Interface>::Bound> (*read)(const Node&, Errors&);
};

/// All models of an interface by name. Filled before main() and only read after it began.
template <class Interface>
std::map<std::string, Registration<Interface>>& registry() {
    static std::map<std::string, Registration<Interface>> models;
    return models;
}

template <class Interface, class Concrete>
class Register {
public:
    Register(const char* name, const char* sentence) {
        using Params = typename Concrete::Params;
        const auto read_params = [](const Node& node, Errors& errors) {
            Params params;
            read_fields(node, params, errors);
            return std::shared_ptr<const typename Choice<Interface>::Bound>{
                std::make_shared<const BoundModel<Interface, Concrete>>(std::move(params))};
        };
        const auto properties = [] { return schema_properties<Params>(); };
        const bool is_new =
            registry<Interface>()
                .emplace(name, Registration<Interface>{sentence, describe_fields<Params>,
                                                       properties, read_params})
                .second;
        PCPSIM_CHECK(is_new, std::string{"two models are called "} + name);
    }
};

/// Every model of an interface, sorted by name.
template <class Interface>
std::vector<ModelInfo> list_models() {
    std::vector<ModelInfo> infos;
    for (const auto& [name, model] : registry<Interface>())
        infos.push_back(ModelInfo{name, model.sentence, model.fields({})});
    return infos;
}

/// What {"model": NAME, "params": {...}, "label": TEXT} says, for any interface.
struct ChoiceEntry {
    std::string model;
    std::string label;
    Node params;
};

/// Reads an entry whose model is one of these names; more keys are allowed, but not looked at.
std::optional<ChoiceEntry> read_entry(const Node& node, const std::vector<std::string>& models,
                                      const std::vector<std::string>& more_keys, Errors& errors);

/// A model as a schema describes it.
struct SchemaModel {
    std::string name;
    std::string sentence;
    std::vector<SchemaProperty> params;
};
/// The schema of an entry that names one of these, with more keys beside the model.
std::string entry_schema(const std::vector<SchemaModel>& models,
                         std::vector<SchemaProperty> more_properties);

template <class Interface>
std::string choice_schema(std::vector<SchemaProperty> more_properties = {}) {
    std::vector<SchemaModel> models;
    for (const auto& [name, model] : registry<Interface>())
        models.push_back({name, model.sentence, model.properties()});
    return entry_schema(models, std::move(more_properties));
}

/// Reads an entry of a scenario. Nothing, and an error added, if it names no model.
template <class Interface>
std::optional<Choice<Interface>> read_choice(const Node& node, Errors& errors,
                                             const std::vector<std::string>& more_keys = {}) {
    std::vector<std::string> names;
    for (const auto& [name, model] : registry<Interface>()) names.push_back(name);
    const std::optional<ChoiceEntry> entry = read_entry(node, names, more_keys, errors);
    if (!entry) return std::nullopt;
    auto bound = registry<Interface>().at(entry->model).read(entry->params, errors);
    return Choice<Interface>{entry->model, entry->label, std::move(bound)};
}

}  // namespace pcpsim
